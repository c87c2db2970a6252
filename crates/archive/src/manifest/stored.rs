pub(crate) const FORMAT_VERSION: u32 = 1;
