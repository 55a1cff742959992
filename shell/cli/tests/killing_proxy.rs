//! A wire between a program and its sandbox that says when a certain request passes, before it arrives, before its answer does, or after.

use std::io::{self, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Which request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// The n-th of all, from 1.
    Any(usize),
    /// The n-th that would buy something.
    Sale(usize),
}

/// When, of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// It was sent and never arrives.
    NotArrived,
    /// It was carried out, and its answer never arrives.
    NotAnswered,
    /// Its answer was given so long ago: whoever asked is at work on it.
    Answered(Duration),
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) which: Which,
    pub(crate) when: When,
}

impl Moment {
    /// For a count.
    pub(crate) fn name(&self) -> String {
        let of = if matches!(self.which, Which::Sale(_)) { "a purchase" } else { "any request" };
        let when = match self.when {
            When::NotArrived => "before it arrived",
            When::NotAnswered => "before its answer",
            When::Answered(_) => "after its answer",
        };
        format!("{when}, of {of}")
    }
}

/// Told when the moment has come. The request waits until this is dropped, which has to be after the program is dead.
pub(crate) struct Come(#[expect(dead_code, reason = "dropped, not used")] Sender<()>);

#[derive(Default)]
struct Passing {
    all: usize,
    sales: usize,
    moment: Option<(Moment, Sender<Come>)>,
}

/// The wire; it ends with the test.
pub(crate) struct Wire {
    pub(crate) address: String,
    passing: Arc<Mutex<Passing>>,
}

impl Wire {
    /// One to that address.
    pub(crate) fn to(sandbox: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let passing = Arc::new(Mutex::new(Passing::default()));
        let (sandbox, counted) = (sandbox.to_owned(), Arc::clone(&passing));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (sandbox, counted) = (sandbox.clone(), Arc::clone(&counted));
                // What breaks on the wire is the program's to notice.
                thread::spawn(move || carry(stream, &sandbox, &counted));
            }
        });
        Self { address, passing }
    }

    /// Counts anew, and tells when a moment has come.
    pub(crate) fn watch(&self, moment: Moment) -> Receiver<Come> {
        let (tell, told) = channel();
        *self.passing.lock().unwrap_or_else(PoisonError::into_inner) = Passing { moment: Some((moment, tell)), ..Passing::default() };
        told
    }

    /// Counts no more; says how many requests there were, and how many of them would have bought something.
    pub(crate) fn counted(&self) -> (usize, usize) {
        let passed = std::mem::take(&mut *self.passing.lock().unwrap_or_else(PoisonError::into_inner));
        (passed.all, passed.sales)
    }
}

impl Passing {
    /// Counts a request; what is told, if it is the one.
    fn count(&mut self, message: &Message) -> Option<(When, Sender<Come>)> {
        if message.is_control() {
            return None;
        }
        self.all += 1;
        let is_sale = message.is_sale();
        self.sales += usize::from(is_sale);
        let (moment, _) = self.moment.as_ref()?;
        let has_come = match moment.which {
            Which::Any(number) => self.all == number,
            Which::Sale(number) => is_sale && self.sales == number,
        };
        if has_come { self.moment.take().map(|(moment, tell)| (moment.when, tell)) } else { None }
    }
}

fn carry(client: TcpStream, sandbox: &str, passing: &Mutex<Passing>) -> io::Result<()> {
    let server = TcpStream::connect(sandbox)?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (mut to_client, mut to_server) = (client.try_clone()?, server.try_clone()?);
    let (mut from_client, mut from_server) = (BufReader::new(client), BufReader::new(server));
    while let Some(request) = Message::read(&mut from_client)? {
        let hit = passing.lock().unwrap_or_else(PoisonError::into_inner).count(&request);
        let tell = |tell: &Sender<Come>| {
            let (done, dead) = channel();
            // Nobody listens any more when the program ended by itself.
            if tell.send(Come(done)).is_ok() {
                let _ = dead.recv();
            }
        };
        if let Some((When::NotArrived, come)) = &hit {
            tell(come);
            return Ok(());
        }
        to_server.write_all(&request.bytes)?;
        let Some(answer) = Message::read(&mut from_server)? else { return Ok(()) };
        if let Some((When::NotAnswered, come)) = &hit {
            tell(come);
            return Ok(());
        }
        to_client.write_all(&answer.bytes)?;
        if let Some((When::Answered(ago), come)) = &hit {
            let answered = Instant::now();
            while answered.elapsed() < *ago {
                std::hint::spin_loop();
            }
            tell(come);
            return Ok(());
        }
    }
    Ok(())
}

/// A request or an answer, in the bytes that passed.
struct Message {
    bytes: Vec<u8>,
}

impl Message {
    /// The next; none when there is no more.
    fn read(from: &mut impl io::BufRead) -> io::Result<Option<Self>> {
        let (mut bytes, mut length) = (Vec::new(), 0);
        loop {
            let begun = bytes.len();
            if from.read_until(b'\n', &mut bytes)? == 0 {
                return Ok(None);
            }
            let line = String::from_utf8_lossy(&bytes[begun..]).to_ascii_lowercase();
            assert!(!line.starts_with("transfer-encoding:"), "bodies have a length here: {line}");
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().expect("a length is a number");
            }
            if line.trim().is_empty() {
                break;
            }
        }
        from.take(length).read_to_end(&mut bytes)?;
        Ok(Some(Self { bytes }))
    }

    fn is_control(&self) -> bool {
        self.bytes.starts_with(b"POST /_sandbox ")
    }

    /// Whether it buys something: by its path, its target or its action.
    fn is_sale(&self) -> bool {
        let text = String::from_utf8_lossy(&self.bytes);
        ["/CreateSavingsPlan ", "Action=Purchase", ".Purchase", "/purchase", "/purchaseReservedInstanceOffering "]
            .iter()
            .any(|word| text.contains(word))
    }
}
