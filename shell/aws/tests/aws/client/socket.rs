//! Real connections that break at every point, and a server that counts what arrives.

use super::world::credentials;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use tenor_aws::client::{Chance, Client, Fate, Fixed, HttpTransport, Meter, Nowhere, Place, Shared, SystemClock, Throttle};
use tenor_money::Money;
use tenor_wire::{Call, Model, Value};

/// What the server does with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Answer,
    /// Answers, and closes the connection that the client may want to use again.
    AnswerAndClose,
    /// Reads it and closes.
    Close,
    /// Closes in the middle of the answer.
    Half,
    /// Sends the answer twice.
    Twice,
    /// Says that it is too much.
    Throttle,
}

/// No jitter: nothing here waits.
struct Calm;

impl Chance for Calm {
    fn up_to(&self, _: u64) -> u64 {
        0
    }
}

struct Server {
    address: String,
    arrived: Arc<AtomicUsize>,
    deeds: Arc<Mutex<Vec<Deed>>>,
}

impl Server {
    /// Does the deeds in turn, then answers.
    fn start(service: &'static str, operation: &'static str, answer: Value, deeds: &[Deed]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let arrived = Arc::new(AtomicUsize::new(0));
        let deeds = Arc::new(Mutex::new(deeds.iter().rev().copied().collect::<Vec<_>>()));
        let service = Model::catalogued().service(service).unwrap();
        let call = Call { service, operation: service.operation(operation).unwrap() };
        let body = call.encode_response(&answer, "req").unwrap().body;
        let server = Self { address, arrived: Arc::clone(&arrived), deeds: Arc::clone(&deeds) };
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (arrived, deeds, body) = (Arc::clone(&arrived), Arc::clone(&deeds), body.clone());
                thread::spawn(move || serve(stream.unwrap(), &arrived, &deeds, &body));
            }
        });
        server
    }

    fn client(&self) -> Client {
        let shared = Shared {
            transport: Arc::new(HttpTransport::default()),
            clock: Arc::new(SystemClock),
            chance: Arc::new(Calm),
            throttle: Throttle::default(),
            purse: Arc::new(Meter::up_to(Money::from_whole(1))),
            sink: Arc::new(Nowhere),
        };
        let place = Place { endpoint: Some(self.address.clone()), ..Place::new("eu-west-1") };
        Client::new(Arc::new(shared), Arc::new(Fixed(credentials())), place, "111122223333")
    }
}

fn serve(mut stream: TcpStream, arrived: &AtomicUsize, deeds: &Mutex<Vec<Deed>>, body: &[u8]) {
    while read_request(&mut stream) {
        arrived.fetch_add(1, Ordering::SeqCst);
        let deed = deeds.lock().unwrap().pop().unwrap_or(Deed::Answer);
        let text = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{}", body.len(), String::from_utf8_lossy(body));
        let slow = "<Response><Errors><Error><Code>RequestLimitExceeded</Code></Error></Errors></Response>";
        let slow = format!("HTTP/1.1 503 Slow\r\ncontent-length: {}\r\n\r\n{slow}", slow.len());
        // The client may be gone; that is what is tested.
        let _ = match deed {
            Deed::Answer | Deed::AnswerAndClose => stream.write_all(text.as_bytes()),
            Deed::Half => stream.write_all(&text.as_bytes()[..text.len() / 2]),
            Deed::Twice => stream.write_all(text.repeat(2).as_bytes()),
            Deed::Throttle => stream.write_all(slow.as_bytes()),
            Deed::Close => Ok(()),
        };
        if matches!(deed, Deed::AnswerAndClose | Deed::Close | Deed::Half) {
            return;
        }
    }
}

/// Reads a whole request; false when the connection ends.
fn read_request(stream: &mut TcpStream) -> bool {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if !matches!(stream.read(&mut byte), Ok(1)) {
            return false;
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |length| length.parse().unwrap());
    stream.read_exact(&mut vec![0; length]).is_ok()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

const DEEDS: [Deed; 6] = [Deed::Answer, Deed::AnswerAndClose, Deed::Close, Deed::Half, Deed::Twice, Deed::Throttle];

#[test]
fn a_purchase_arrives_once_after_whatever_came_before() {
    let buy = Value::of([("InstanceCount", 1.into()), ("ReservedInstancesOfferingId", "o".into())]);
    let bought = Value::of([("ReservedInstancesId", "ri-1".into())]);
    for before in DEEDS {
        for deed in DEEDS {
            let server = Server::start("ec2", "PurchaseReservedInstancesOffering", bought.clone(), &[before, deed]);
            let client = server.client();
            let fates = runtime().block_on(async {
                let mut fates = Vec::new();
                for _ in 0..2 {
                    let ended = client.call("ec2", "PurchaseReservedInstancesOffering", &buy).await;
                    fates.push(ended.map(drop).map_err(|error| error.fate()));
                }
                fates
            });
            assert_eq!(server.arrived.load(Ordering::SeqCst), 2, "{before:?} then {deed:?}: one for each of two calls");
            let expected = [before, deed].map(|deed| match deed {
                Deed::Close | Deed::Half => Err(Fate::Unknown),
                Deed::Throttle => Err(Fate::Refused),
                _ => Ok(()),
            });
            assert_eq!(fates, expected, "{before:?} then {deed:?}");
        }
    }
}

#[test]
fn reads_recover_over_real_connections() {
    let server = Server::start("ec2", "DescribeReservedInstances", Value::Null, &DEEDS);
    let client = server.client();
    runtime().block_on(async {
        for _ in 0..3 {
            client.call("ec2", "DescribeReservedInstances", &Value::Null).await.unwrap();
        }
    });
    assert!(server.deeds.lock().unwrap().is_empty() || server.arrived.load(Ordering::SeqCst) >= 3);
}

#[test]
fn where_nobody_listens_nothing_was_sent() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = Server { address: format!("http://127.0.0.1:{port}"), arrived: Arc::default(), deeds: Arc::default() };
    let buy = Value::of([("InstanceCount", 1.into()), ("ReservedInstancesOfferingId", "o".into())]);
    let error = runtime().block_on(server.client().call("ec2", "PurchaseReservedInstancesOffering", &buy)).unwrap_err();
    assert_eq!(error.fate(), Fate::NotSent, "{error:?}");
}
