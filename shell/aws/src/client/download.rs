//! Fetches a file that an answer of AWS's says the address of: without credentials, piece by piece, no more than so much and for so long.
//!
//! It follows no redirect, and no address but an `https://` one of AWS's; of an AWS that is simulated on this machine also one on this machine. AWS does not
//! document which of its hosts has the files, so that each below its domains may. It never sends a file again by itself.

use super::Outgoing;
use super::transport::{TransportError, connector, failure, request};
use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::client::http::HttpConnector as _;
use http_body_util::BodyExt as _;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// No file takes longer.
const TIME_MAX: Duration = Duration::from_secs(3_600);
/// No piece of it is waited for longer.
const PIECE_TIME_MAX: Duration = Duration::from_secs(60);
/// What AWS's hosts are below.
const DOMAINS: [&str; 2] = [".amazonaws.com", ".amazonaws.com.cn"];

/// Fetches files.
pub struct Download {
    connector: Connector,
    is_simulated: bool,
}

/// Why a file is not there.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// Whoever said the address may have been somebody else.
    #[error("the file's address is no https:// one of AWS's")]
    Address,
    /// No answer, or not all of it.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// An answer that is no file.
    #[error("HTTP {0} came instead of the file")]
    Status(u16),
    /// More than is taken.
    #[error("the file is larger than {0} bytes")]
    TooLarge(u64),
    /// What came could not be kept.
    #[error("the file could not be written")]
    Write(#[source] io::Error),
}

impl DownloadError {
    /// Whether the same file may come when it is asked for again, under a new address.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        matches!(self, Self::Transport(_) | Self::Status(_))
    }

    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Address | Self::TooLarge(_) => {
                "ask again; if it stays so, fetch the price lists yourself and import them: tenor prices import FILE..."
            }
            Self::Transport(_) | Self::Status(_) => "ask again: the addresses of price lists hold for a few minutes",
            Self::Write(_) => "make room in the home",
        }
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download").field("is_simulated", &self.is_simulated).finish_non_exhaustive()
    }
}

impl Download {
    /// From AWS; or from one that is simulated on this machine, without TLS, where that is the endpoint which is asked.
    #[must_use]
    pub fn new(endpoint: Option<&str>) -> Self {
        Self { connector: connector(None), is_simulated: endpoint.is_some_and(is_here) }
    }

    /// Gives the pieces of a file in their order, and says how many bytes it has.
    ///
    /// # Errors
    /// [`DownloadError`]; what was given until then is not the file.
    pub async fn fetch(&self, url: &str, bytes_max: u64, take: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> Result<u64, DownloadError> {
        if !is_allowed(url, self.is_simulated) {
            return Err(DownloadError::Address);
        }
        let whole = tokio::time::timeout(TIME_MAX, self.pieces(url, bytes_max, take)).await;
        whole.unwrap_or(Err(DownloadError::Transport(TransportError::TimedOut(TIME_MAX))))
    }

    async fn pieces(&self, url: &str, bytes_max: u64, take: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> Result<u64, DownloadError> {
        // Price lists pack to a tenth; whoever reads them knows gzip by its beginning.
        let headers = vec![("accept-encoding".to_owned(), "gzip".to_owned())];
        let asked = Outgoing { method: "GET".to_owned(), url: url.to_owned(), headers, body: Vec::new(), is_alone: false };
        let asked = request(asked).ok_or(DownloadError::Address)?;
        let late = |_| TransportError::TimedOut(PIECE_TIME_MAX);
        let answer = tokio::time::timeout(PIECE_TIME_MAX, self.connector.call(asked)).await.map_err(late)?;
        let answer = answer.map_err(|error| failure(&error))?;
        let status = answer.status().as_u16();
        if status != 200 {
            return Err(DownloadError::Status(status));
        }
        let (mut body, mut bytes) = (answer.into_body(), 0_u64);
        while let Some(frame) = tokio::time::timeout(PIECE_TIME_MAX, body.frame()).await.map_err(late)? {
            let frame = frame.map_err(|error| TransportError::Broken(error.to_string()))?;
            let Some(piece) = frame.data_ref() else { continue };
            bytes += piece.len() as u64;
            if bytes > bytes_max {
                return Err(DownloadError::TooLarge(bytes_max));
            }
            take(piece).map_err(DownloadError::Write)?;
        }
        Ok(bytes)
    }
}

/// Whether anything is fetched from there.
fn is_allowed(url: &str, is_simulated: bool) -> bool {
    url.strip_prefix("https://").is_some_and(|rest| is_of_aws(host(rest))) || (is_simulated && is_here(url))
}

/// Up to the path. A name and a password before `@` would make another host of it: with them it is none that is allowed.
fn host(rest: &str) -> &str {
    rest.split(['/', '?', '#', '\\']).next().unwrap_or_default()
}

fn is_of_aws(host: &str) -> bool {
    let is_name = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte));
    DOMAINS.iter().any(|domain| host.strip_suffix(domain).is_some_and(is_name))
}

/// Whether an address is on this machine, without TLS.
fn is_here(url: &str) -> bool {
    let Some(host) = url.strip_prefix("http://").map(host) else { return false };
    let is_local_name = || match host.split_once(':') {
        Some((name, port)) => name == "localhost" && port.parse::<u16>().is_ok(),
        None => host == "localhost",
    };
    host.parse::<SocketAddr>().is_ok_and(|address| address.ip().is_loopback()) || is_local_name()
}

#[cfg(test)]
mod tests {
    use super::{Download, DownloadError, is_allowed};
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::thread;

    #[test]
    fn a_file_comes_by_https_or_from_this_machine_where_aws_is_simulated() {
        let told = |url: &str| format!("{url}: {} {}", is_allowed(url, false), is_allowed(url, true));
        let urls = [
            "https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/AmazonEC2/index.json",
            "https://pricing.cn-north-1.amazonaws.com.cn/index.json",
            "https://evil.example/index.json",
            "https://evilamazonaws.com/index.json",
            "https://amazonaws.com.evil.example/index.json",
            "https://evil.example/.amazonaws.com",
            "https://x@evil.example/?.amazonaws.com",
            "https://127.0.0.1:4566/x",
            "http://pricing.us-east-1.amazonaws.com/index.json",
            "http://127.0.0.1:4566/price-list/x",
            "http://localhost:4566/price-list/x",
            "http://[::1]:4566/x",
            "http://127.0.0.1:1@evil.example/x",
            "http://localhost:1@evil.example/x",
            "file:///etc/passwd",
            "ftp://127.0.0.1:21/x",
        ];
        insta::assert_snapshot!(urls.map(told).join("\n"), @"
        https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/AmazonEC2/index.json: true true
        https://pricing.cn-north-1.amazonaws.com.cn/index.json: true true
        https://evil.example/index.json: false false
        https://evilamazonaws.com/index.json: false false
        https://amazonaws.com.evil.example/index.json: false false
        https://evil.example/.amazonaws.com: false false
        https://x@evil.example/?.amazonaws.com: false false
        https://127.0.0.1:4566/x: false false
        http://pricing.us-east-1.amazonaws.com/index.json: false false
        http://127.0.0.1:4566/price-list/x: false true
        http://localhost:4566/price-list/x: false true
        http://[::1]:4566/x: false true
        http://127.0.0.1:1@evil.example/x: false false
        http://localhost:1@evil.example/x: false false
        file:///etc/passwd: false false
        ftp://127.0.0.1:21/x: false false
        ");
    }

    /// What comes of a file that a listener on this machine answers so.
    fn fetched(answer: &'static str, bytes_max: u64) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/x", listener.local_addr().unwrap());
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = [0; 4096];
            let _ = stream.read(&mut asked).unwrap();
            // Whoever has enough closes before all of it was written.
            let _ = stream.write_all(answer.as_bytes());
        });
        let mut got = Vec::new();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let download = Download::new(Some("http://127.0.0.1:1"));
        let came = runtime.block_on(download.fetch(&url, bytes_max, &mut |piece| {
            got.extend_from_slice(piece);
            Ok(())
        }));
        server.join().unwrap();
        match came {
            Ok(bytes) => format!("{bytes}: {}", String::from_utf8(got).unwrap()),
            Err(DownloadError::Transport(_)) => "not all of it".to_owned(),
            Err(error) => format!("{error}; {} to be kept", got.len()),
        }
    }

    #[test]
    fn a_file_is_taken_whole_or_not_at_all_and_from_where_it_was_said_to_be() {
        let all = [
            fetched("HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello", 5),
            fetched("HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello", 4),
            fetched("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/y\r\ncontent-length: 0\r\nconnection: close\r\n\r\n", 5),
            fetched("HTTP/1.1 200 OK\r\ncontent-length: 9\r\nconnection: close\r\n\r\nhello", 9),
            fetched("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n5\r\nhello\r\n", 9),
        ];
        insta::assert_snapshot!(all.join("\n"), @"
        5: hello
        the file is larger than 4 bytes; 0 to be kept
        HTTP 302 came instead of the file; 0 to be kept
        not all of it
        not all of it
        ");
    }
}
