//! TLS settings for HTTP clients, one choice for the workspace: rustls, the ring provider, the roots of
//! the platform.
//!
//! The provider is named explicitly and never installed for the process: a library must not decide that
//! for the program it is part of.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;

use crate::Error;

/// Settings for talking to `https` hosts, trusting what the platform trusts.
///
/// # Errors
///
/// When the roots of the platform cannot be read, for example because no certificates are installed.
pub fn client_config() -> Result<ClientConfig, Error> {
    let failed = |source: rustls::Error| {
        Error::invalid_input("tls", "expected readable root certificates of the platform").with_source(source)
    };
    Ok(builder()
        .map_err(failed)?
        .with_platform_verifier()
        .map_err(failed)?
        .with_no_client_auth())
}

/// Settings for a client that only talks to `http` hosts: no roots, so every `https` host is refused.
///
/// Reading the roots of the platform takes most of the start-up time of an HTTP client; this leaves it out.
///
/// # Errors
///
/// When the provider does not support the protocol versions, which ring does.
pub fn without_roots() -> Result<ClientConfig, Error> {
    let builder = builder().map_err(|source| {
        Error::invalid_input("tls", "expected a provider of TLS 1.2 and 1.3").with_source(source)
    })?;
    Ok(builder
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth())
}

/// Settings for a client that trusts these certificates and no others, such as the authority of a local service.
///
/// # Errors
///
/// When the text is not PEM, holds no certificate, or holds one that cannot be read.
pub fn with_roots(pem: &str) -> Result<ClientConfig, Error> {
    let invalid = || Error::invalid_input("roots", "expected certificates in PEM");
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let certificate = certificate.map_err(|source| invalid().with_source(source))?;
        roots
            .add(certificate)
            .map_err(|source| invalid().with_source(source))?;
    }
    if roots.is_empty() {
        return Err(invalid());
    }
    let builder = builder().map_err(|source| {
        Error::invalid_input("tls", "expected a provider of TLS 1.2 and 1.3").with_source(source)
    })?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

fn builder() -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, rustls::Error> {
    ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_without_roots_needs_nothing_of_the_platform() {
        assert!(without_roots().is_ok());
    }

    #[test]
    fn roots_that_are_none_are_refused() {
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for pem in ["", "ca.pem", broken, "-----BEGIN CERTIFICATE-----\n!\n"] {
            let error = with_roots(pem).unwrap_err();
            assert!(
                error.to_string().contains("certificates in PEM"),
                "{pem}: {error}"
            );
        }
    }
}
