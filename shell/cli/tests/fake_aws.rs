//! An AWS on the loopback interface that answers as one function says, and remembers what it was asked. It asks nobody for permission.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Something that was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// The service, as signatures name it, and the operation: `ec2:DescribeReservedInstances`; a path where the service has no other name of it.
    pub(crate) name: String,
    /// The region of the signature.
    pub(crate) region: String,
    /// The account that the credentials are of, which the fake writes into their keys; none for the caller's own.
    pub(crate) account: String,
    pub(crate) body: String,
}

/// A status and a body.
pub(crate) type Reply = (u16, String);

type Answering = Arc<dyn Fn(&Asked) -> Reply + Send + Sync>;

/// A running AWS; it ends with the test.
pub(crate) struct Aws {
    pub(crate) endpoint: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Aws {
    /// Answers so; roles are assumed by whoever asks.
    pub(crate) fn start(answering: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_with(answering, || {})
    }

    /// The same, doing something whenever a role is assumed.
    pub(crate) fn start_with(
        answering: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
        when_assumed: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        let answering = move |asked: &Asked| {
            if asked.name != "sts:AssumeRole" {
                return answering(asked);
            }
            when_assumed();
            (200, assumed(&asked.body))
        };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (answering, remembered): (Answering, _) = (Arc::new(answering), Arc::clone(&asked));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answering, remembered) = (Arc::clone(&answering), Arc::clone(&remembered));
                thread::spawn(move || serve(stream, &answering, &remembered));
            }
        });
        Self { endpoint, asked }
    }

    /// The environment of a program that asks it.
    pub(crate) fn variables(&self) -> [(&str, &str); 5] {
        [
            ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "hush-own"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ENDPOINT_URL", &self.endpoint),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ]
    }

    /// What it was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// An error of a service that speaks JSON.
pub(crate) fn refusal(code: &str) -> Reply {
    (400, format!(r#"{{"__type":"{code}","message":"as told"}}"#))
}

fn serve(mut stream: TcpStream, answering: &Answering, remembered: &Mutex<Vec<Asked>>) {
    let mut lines = BufReader::new(stream.try_clone().unwrap());
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        if line.trim().is_empty() {
            break;
        }
        head.push(line.trim().to_owned());
    }
    let header = |name: &str| {
        let found = head.iter().skip(1).filter_map(|line| line.split_once(':')).find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
    };
    let mut body = vec![0; header("content-length").parse().unwrap_or(0)];
    lines.read_exact(&mut body).unwrap();
    let asked = asked(&head[0], &header("authorization"), &header("x-amz-target"), String::from_utf8(body).unwrap());
    remembered.lock().unwrap_or_else(PoisonError::into_inner).push(asked.clone());
    let (status, body) = answering(&asked);
    let answer = format!("HTTP/1.1 {status} Told\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
    // Whoever asked may have gone.
    let _ = stream.write_all(answer.as_bytes());
}

fn asked(request: &str, authorization: &str, target: &str, body: String) -> Asked {
    let scope: Vec<_> = authorization.split("Credential=").nth(1).unwrap_or_default().split(',').next().unwrap().split('/').collect();
    let path = || request.split(' ').nth(1).unwrap_or_default().split('?').next().unwrap_or_default();
    let of_form = || body.split('&').find_map(|pair| pair.strip_prefix("Action="));
    let operation = target.rsplit('.').next().filter(|name| !name.is_empty()).or_else(of_form).unwrap_or_else(path).to_owned();
    let account = scope[0].strip_prefix("ASIA").unwrap_or_default().to_owned();
    Asked { name: format!("{}:{operation}", scope.get(3).unwrap_or(&"")), region: scope.get(2).unwrap_or(&"").to_string(), account, body }
}

/// Credentials that name the role's account.
fn assumed(body: &str) -> String {
    let account = body.split("iam%3A%3A").nth(1).unwrap_or_default().split("%3A").next().unwrap_or_default().to_owned();
    format!(
        "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA{account}</AccessKeyId><SecretAccessKey>hush-lent</SecretAccessKey>\
         <SessionToken>hush-token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
    )
}
