//! On a socket: where it listens, what it takes, and how it ends.

use super::{Bills, Site};
use crate::{ListenError, Listener, Settings, Tls};
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{self, ClientConfig, DigitallySignedStruct, SignatureScheme};

async fn said(stream: &mut TcpStream, text: &str) -> String {
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn what_others_can_reach_takes_tls_or_the_owners_word() {
    let refused = Listener::bind("0.0.0.0:0".parse().unwrap(), None, false).await.err().unwrap();
    assert!(matches!(refused, ListenError::Plain { .. }) && refused.hint().contains("--insecure-listener"));
    assert!(Listener::bind("0.0.0.0:0".parse().unwrap(), None, true).await.is_ok());
    assert!(Listener::bind("127.0.0.1:0".parse().unwrap(), None, false).await.is_ok());
    let files = Tls { certificates: "/nonexistent.pem".into(), key: "/nonexistent.key".into() };
    assert_eq!(
        Listener::bind("127.0.0.1:0".parse().unwrap(), Some(&files), false).await.err().unwrap().to_string(),
        "cannot read `/nonexistent.pem`"
    );
}

#[tokio::test]
async fn it_answers_on_a_socket_and_ends_when_told() {
    let site = Site::new(Bills::Three);
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap(), None, false).await.unwrap();
    let address = listener.address();
    let (stop, stopped) = oneshot::channel::<()>();
    let router = site.router.clone();
    let server = tokio::spawn(listener.run(router, async { drop(stopped.await) }));
    let mut stream = TcpStream::connect(address).await.unwrap();
    let answer = said(&mut stream, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("\r\n\r\nok\n"), "{answer}");
    let mut stream = TcpStream::connect(address).await.unwrap();
    let long = format!("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n", "x".repeat(64 << 10));
    let _ = stream.write_all(long.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert!(!String::from_utf8_lossy(&answer).starts_with("HTTP/1.1 200"));
    stop.send(()).unwrap();
    server.await.unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn an_address_has_its_share_of_connections_and_a_proxy_has_all() {
    let site = Site::new(Bills::Three);
    let ask = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    for is_behind_proxy in [false, true] {
        let listener = Listener::bind("127.0.0.1:0".parse().unwrap(), None, false).await.unwrap().behind_proxy(is_behind_proxy);
        let address = listener.address();
        let (stop, stopped) = oneshot::channel::<()>();
        let server = tokio::spawn(listener.run(site.router.clone(), async { drop(stopped.await) }));
        let mut share = Vec::new();
        for _ in 0..64 {
            share.push(TcpStream::connect(address).await.unwrap());
        }
        let mut more = TcpStream::connect(address).await.unwrap();
        // What is hung up on may not take the question any more.
        let _ = more.write_all(ask.as_bytes()).await;
        let mut answer = Vec::new();
        let _ = more.read_to_end(&mut answer).await;
        assert_eq!(answer.starts_with(b"HTTP/1.1 200 OK"), is_behind_proxy, "the 65th");
        assert!(said(&mut share[0], ask).await.starts_with("HTTP/1.1 200 OK"));
        drop(share);
        stop.send(()).unwrap();
        server.await.unwrap();
    }
}

/// Takes any certificate: whether one is to be trusted is the browser's matter, and this is about what is said behind it.
#[derive(Debug)]
struct Anyone;

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ECDSA_NISTP256_SHA256]
    }
}

/// A connection behind a handshake.
async fn shaken(port: u16) -> TlsStream<TcpStream> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.dangerous().with_custom_certificate_verifier(Arc::new(Anyone)).with_no_client_auth();
    let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
}

#[tokio::test]
async fn with_a_certificate_it_speaks_tls_and_says_to_stay_with_it() {
    let site = Site::with(Bills::Three, Settings { has_tls: true, is_loopback: false, ..Settings::default() });
    let data = |name: &str| format!("{}/src/tests/data/{name}", env!("CARGO_MANIFEST_DIR")).into();
    let tls = Tls { certificates: data("localhost.pem"), key: data("localhost.key") };
    let listener = Listener::bind("0.0.0.0:0".parse().unwrap(), Some(&tls), false).await.unwrap();
    let port = listener.address().port();
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(listener.run(site.router.clone(), async { drop(stopped.await) }));
    let mut stream = shaken(port).await;
    stream.write_all(b"GET /login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    // It may close without saying so, when all is said.
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer);
    assert!(
        answer.contains("strict-transport-security: max-age=31536000")
            && answer.contains("__Host-tenor-form=")
            && answer.contains("; Secure"),
        "{answer}"
    );
    stop.send(()).unwrap();
    server.await.unwrap();
}

/// Puts a file of the tests' in the place of another, as whoever renews certificates does.
fn put(folder: &Path, from: &str, to: &str) {
    let new = folder.join("new");
    std::fs::copy(format!("{}/src/tests/data/{from}", env!("CARGO_MANIFEST_DIR")), &new).unwrap();
    std::fs::rename(new, folder.join(to)).unwrap();
}

/// Which of the tests' certificates is shown.
async fn shown(port: u16) -> &'static str {
    let stream = shaken(port).await;
    let shown = stream.get_ref().1.peer_certificates().unwrap()[0].clone();
    let is_it = |name: &&str| {
        let path = format!("{}/src/tests/data/{name}.pem", env!("CARGO_MANIFEST_DIR"));
        CertificateDer::from_pem_file(path).unwrap() == shown
    };
    ["localhost", "renewed"].into_iter().find(is_it).unwrap_or("another")
}

#[tokio::test]
async fn a_renewed_certificate_is_taken_while_it_runs_and_one_of_no_use_is_not() {
    let site = Site::with(Bills::Three, Settings { has_tls: true, ..Settings::default() });
    let folder = tempfile::tempdir().unwrap();
    let put = |from: &str, to: &str| put(folder.path(), from, to);
    put("localhost.pem", "chain.pem");
    put("localhost.key", "key.pem");
    let tls = Tls { certificates: folder.path().join("chain.pem"), key: folder.path().join("key.pem") };
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap(), Some(&tls), false).await.unwrap();
    let (port, certificate) = (listener.address().port(), listener.certificate().unwrap());
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(listener.run(site.router.clone(), async { drop(stopped.await) }));
    assert!(!certificate.renew().unwrap());
    assert_eq!(shown(port).await, "localhost");
    // Whoever looks between the two files finds a pair that does not go together.
    put("renewed.pem", "chain.pem");
    let error = certificate.renew().unwrap_err();
    assert_eq!(error.to_string(), "cannot use the certificate and its key");
    assert!(!certificate.renew().unwrap(), "it is said once");
    assert_eq!(shown(port).await, "localhost");
    put("renewed.key", "key.pem");
    assert!(certificate.renew().unwrap());
    assert_eq!(shown(port).await, "renewed");
    std::fs::remove_file(&tls.key).unwrap();
    assert!(certificate.renew().unwrap_err().to_string().starts_with("cannot read `"));
    assert_eq!(shown(port).await, "renewed");
    stop.send(()).unwrap();
    server.await.unwrap();
}
