//! Certificates: the server's own, and those that its clients have to show.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};

use crate::Error;

/// TLS 1.2 and 1.3 with the certificate and key in these files; with `client_ca`, only for clients
/// that it signed.
///
/// # Errors
///
/// [`Error::Tls`], with the file.
pub fn config(
    cert: &Path,
    key: &Path,
    client_ca: Option<&Path>,
) -> Result<Arc<ServerConfig>, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let chain = certificates(cert)?;
    let private = PrivateKeyDer::from_pem_file(key).map_err(|e| wrong(key, e))?;
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|e| wrong(cert, e))?;
    let builder = match client_ca {
        None => builder.with_no_client_auth(),
        Some(file) => {
            let mut roots = RootCertStore::empty();
            for certificate in certificates(file)? {
                roots.add(certificate).map_err(|e| wrong(file, e))?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().map_err(|e| wrong(file, e))?)
        }
    };
    let mut config = builder
        .with_single_cert(chain, private)
        .map_err(|e| wrong(cert, e))?;
    // WebSocket starts with HTTP/1.1.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let chain: Vec<_> = CertificateDer::pem_file_iter(file)
        .and_then(Iterator::collect)
        .map_err(|e| wrong(file, e))?;
    if chain.is_empty() {
        return Err(wrong(file, "no certificate in it"));
    }
    Ok(chain)
}

fn wrong(file: &Path, reason: impl ToString) -> Error {
    Error::Tls {
        what: file.display().to_string(),
        reason: reason.to_string(),
    }
}
