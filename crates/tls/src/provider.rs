//! The one provider of cryptography.

/// Has everything in this process that encrypts use ring. Dependencies bring other providers, and rustls refuses to choose between two.
pub fn install_provider() {
    // It was installed before, by this function: all is well.
    let _installed = rustls::crypto::ring::default_provider().install_default();
}
