//! Receivers of what Tenor tells people, on the loopback interface: a mail server and a webhook receiver, in the judges' Python. Neither knows
//! anything of this project but what its documentation says of the webhook.

use crate::judges;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Mutex;

/// Takes mail of whoever logs in as `tenor` with `correct horse`, and prints each.
const MAIL: &str = "
import asyncio, email, email.policy, json
from aiosmtpd.smtp import SMTP, AuthResult

def known(server, session, envelope, mechanism, data):
    return AuthResult(success=(data.login, data.password) == (b'tenor', b'correct horse'), handled=False)

class Sink:
    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        part = lambda kind: mail.get_body((kind,)).get_content()
        print(json.dumps({
            'from': envelope.mail_from, 'to': envelope.rcpt_tos, 'subject': mail['Subject'], 'id': mail['Message-ID'],
            'text': part('plain'), 'html': part('html'),
        }), flush=True)
        return '250 taken'

async def main():
    loop = asyncio.get_running_loop()
    make = lambda: SMTP(Sink(), hostname='localhost', authenticator=known, auth_required=True, auth_require_tls=False, loop=loop)
    server = await loop.create_server(make, '127.0.0.1', 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

asyncio.run(main())
";

/// Holds each request's signature against the secret, its moment against the clock and the id in its body against those before, and prints what it found. What
/// is asked of `/plain/` is taken without, and `/moved/` is elsewhere.
const WEBHOOK: &str = "
import hashlib, hmac, http.server, json, sys, time
secret, seen = sys.argv[1].encode(), set()

class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length']))
        stamp = self.headers.get('Tenor-Timestamp', '0')
        want = 'v1=' + hmac.new(secret, stamp.encode() + b'.' + body, hashlib.sha256).hexdigest()
        if self.path.startswith('/plain/') or self.path.startswith('/moved/'):
            verdict = 'plain'
        elif not hmac.compare_digest(want, self.headers.get('Tenor-Signature', '')):
            verdict = 'forged'
        elif abs(time.time() - int(stamp)) > 300:
            verdict = 'old'
        else:
            # The id that is signed: a header is anybody's.
            name = json.loads(body)['id']
            verdict = 'again' if name in seen else 'new'
            seen.add(name)
        print(json.dumps({'verdict': verdict, 'path': self.path, 'body': json.loads(body)}), flush=True)
        status = 302 if self.path.startswith('/moved/') else 401 if verdict in ('forged', 'old') else 200
        self.send_response(status)
        if status == 302:
            self.send_header('Location', '/plain/elsewhere')
        self.send_header('Content-Length', '0')
        self.end_headers()

    def log_message(self, *_):
        pass

server = http.server.HTTPServer(('127.0.0.1', 0), Receiver)
print(server.server_port, flush=True)
server.serve_forever()
";

/// A receiver, ended when it goes out of use.
#[derive(Debug)]
pub struct Sink {
    process: Child,
    said: Mutex<BufReader<ChildStdout>>,
    /// Where it listens, on 127.0.0.1.
    pub port: u16,
}

impl Sink {
    /// A mail server. Whoever sends logs in as `tenor` with `correct horse`.
    ///
    /// `None` when no judges are installed; the reason is then written to standard error, and the test returns early.
    ///
    /// # Panics
    /// When it does not start, or when there are no judges and `CI=true`.
    #[must_use]
    pub fn mail() -> Option<Self> {
        Self::start(MAIL, &[])
    }

    /// A receiver of webhooks that knows this secret.
    ///
    /// `None` as for [`mail`](Self::mail).
    ///
    /// # Panics
    /// As [`mail`](Self::mail).
    #[must_use]
    pub fn webhook(secret: &str) -> Option<Self> {
        Self::start(WEBHOOK, &[secret])
    }

    fn start(script: &str, arguments: &[&str]) -> Option<Self> {
        let python = judges::web()?;
        let mut command = Command::new(python);
        command.args(["-c", script]).args(arguments).stdout(Stdio::piped());
        let mut process = command.spawn().expect("the judges' Python runs");
        let mut said = BufReader::new(process.stdout.take().expect("it is piped"));
        let mut port = String::new();
        said.read_line(&mut port).expect("it prints its port");
        let port = port.trim().parse().expect("a port is a number");
        Some(Self { process, said: Mutex::new(said), port })
    }

    /// The next thing that it got; waits for it.
    ///
    /// # Panics
    /// When it ended.
    #[must_use]
    pub fn next(&self) -> serde_json::Value {
        let mut line = String::new();
        self.said.lock().expect("nobody panics while it reads").read_line(&mut line).expect("it prints UTF-8");
        serde_json::from_str(&line).expect("it prints JSON")
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        // It may have ended by itself already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
