//! The listener's certificate: read from its files, and read again once they are others.
//!
//! It never waits and reads no clock: whoever listens asks now and then. What is of no use is said, and the one before stays.

use crate::listen::{ListenError, Tls};
use std::fs::metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig};

/// A certificate with its key, as it is now.
pub struct Certificate {
    files: Tls,
    acceptor: RwLock<TlsAcceptor>,
    /// The files as they were when they were read last, whatever came of that.
    seen: Mutex<[Option<Mark>; 2]>,
}

/// By what a file that was written, replaced or let be read is told from the one before: device, number, bytes, when it was written and when it was
/// changed. None where nobody can look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark(u64, u64, u64, (i64, i64), (i64, i64));

impl Certificate {
    /// Reads both files.
    ///
    /// # Errors
    /// When they cannot be read, or are of no use.
    pub(crate) fn read(files: &Tls) -> Result<Self, ListenError> {
        // Before they are read: what is written meanwhile is another file to the next look.
        let seen = marks(files);
        Ok(Self { files: files.clone(), acceptor: RwLock::new(acceptor(files)?), seen: Mutex::new(seen) })
    }

    /// What takes the next connection.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        self.acceptor.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Looks at the files, and takes what is new in them for the connections to come; whether there was anything. It reads files, so it may block.
    ///
    /// # Errors
    /// When they are others and of no use: then the certificate is the one before. It is said once, and not again before they have changed.
    pub fn renew(&self) -> Result<bool, ListenError> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let now = marks(&self.files);
        if *seen == now {
            return Ok(false);
        }
        *seen = now;
        let renewed = acceptor(&self.files)?;
        *self.acceptor.write().unwrap_or_else(PoisonError::into_inner) = renewed;
        Ok(true)
    }
}

fn marks(files: &Tls) -> [Option<Mark>; 2] {
    [mark(&files.certificates), mark(&files.key)]
}

fn mark(path: &Path) -> Option<Mark> {
    let file = metadata(path).ok()?;
    Some(Mark(file.dev(), file.ino(), file.size(), (file.mtime(), file.mtime_nsec()), (file.ctime(), file.ctime_nsec())))
}

fn acceptor(tls: &Tls) -> Result<TlsAcceptor, ListenError> {
    let pem = |path: &PathBuf| {
        let path = path.clone();
        move |source| ListenError::Pem { path, source }
    };
    let certificates = CertificateDer::pem_file_iter(&tls.certificates).map_err(pem(&tls.certificates))?;
    let certificates = certificates.collect::<Result<Vec<_>, _>>().map_err(pem(&tls.certificates))?;
    if certificates.is_empty() {
        return Err(ListenError::NoCertificate { path: tls.certificates.clone() });
    }
    let key = PrivateKeyDer::from_pem_file(&tls.key).map_err(pem(&tls.key))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut config = versions.with_no_client_auth().with_single_cert(certificates, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
