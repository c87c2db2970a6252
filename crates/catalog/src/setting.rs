//! Cluster settings, as texts; what they mean is not known here.

use std::collections::BTreeMap;

use cairn_storage::Transaction;

use crate::{Result, View, layout, record};

/// Sets a cluster setting from this commit on; None: it has its default again.
pub fn put_setting(txn: &Transaction, name: &str, value: Option<&str>) -> Result<()> {
    record::check_name("cluster setting", name)?;
    match value {
        Some(value) => txn.put(layout::setting(name), value.as_bytes().to_vec())?,
        None => txn.delete(layout::setting(name))?,
    }
    record::changed(txn)
}

impl View {
    /// The cluster settings that are not at their defaults.
    pub fn settings(&self) -> &BTreeMap<String, String> {
        &self.settings
    }
}
