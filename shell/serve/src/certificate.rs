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
    seen: Mutex<Seen>,
}

/// How the two files were.
type Marks = [Option<Mark>; 2];

/// How the files were when something came of them.
struct Seen {
    /// When the certificate that is in use was read.
    used: Marks,
    /// When it was told that they are of no use; nothing where they are those in use. They are read again all the same: what failed may have passed.
    told: Option<Marks>,
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
        let seen = Seen { used: marks(files), told: None };
        Ok(Self { files: files.clone(), acceptor: RwLock::new(acceptor(files)?), seen: Mutex::new(seen) })
    }

    /// What takes the next connection.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        self.acceptor.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Looks at the files, and takes what is new in them for the connections to come; whether there was anything. It reads files, so it may block.
    ///
    /// # Errors
    /// When they are others and of no use: then the certificate is the one before. It is said once, and not again before they have changed;
    /// they are tried again at each look.
    pub fn renew(&self) -> Result<bool, ListenError> {
        self.renew_by(acceptor)
    }

    fn renew_by(&self, read: impl FnOnce(&Tls) -> Result<TlsAcceptor, ListenError>) -> Result<bool, ListenError> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let now = marks(&self.files);
        if seen.used == now {
            seen.told = None;
            return Ok(false);
        }
        match read(&self.files) {
            Ok(renewed) => {
                *self.acceptor.write().unwrap_or_else(PoisonError::into_inner) = renewed;
                *seen = Seen { used: now, told: None };
                Ok(true)
            }
            Err(_) if seen.told == Some(now) => Ok(false),
            Err(error) => {
                seen.told = Some(now);
                Err(error)
            }
        }
    }
}

fn marks(files: &Tls) -> Marks {
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

#[cfg(test)]
mod tests {
    use super::{Certificate, acceptor};
    use crate::listen::{ListenError, Tls};
    use std::path::Path;

    #[test]
    fn what_fails_once_is_tried_again_and_told_once() {
        let folder = tempfile::tempdir().unwrap();
        let put = |from: &str, to: &str| {
            let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/data").join(from);
            // Another file each time, however soon after the one before.
            let beside = folder.path().join("beside");
            std::fs::copy(from, &beside).unwrap();
            std::fs::rename(&beside, folder.path().join(to)).unwrap();
        };
        put("localhost.pem", "chain.pem");
        put("localhost.key", "key.pem");
        let files = Tls { certificates: folder.path().join("chain.pem"), key: folder.path().join("key.pem") };
        let certificate = Certificate::read(&files).unwrap();
        put("renewed.pem", "chain.pem");
        put("renewed.key", "key.pem");
        // As where no file can be opened just now: the files stay as they are.
        let fails = |tls: &Tls| Err(ListenError::NoCertificate { path: tls.certificates.clone() });
        assert!(certificate.renew_by(fails).is_err());
        assert!(!certificate.renew_by(fails).unwrap(), "it is told once");
        assert!(certificate.renew_by(acceptor).unwrap(), "and tried until it goes");
        assert!(!certificate.renew_by(fails).unwrap(), "what is in use is not read again");
    }
}
