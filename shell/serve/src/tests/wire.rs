//! On a socket: where it listens, what it takes, and how it ends.

use super::{Bills, Site};
use crate::{ListenError, Listener};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

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
    let files = crate::Tls { certificates: "/nonexistent.pem".into(), key: "/nonexistent.key".into() };
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
