//! `tenor serve` with an identity provider: an independent one, which knows nothing of this project, and its users.

use crate::ran::tenor;
use crate::served::{Reply, Served};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::thread;
use tenor_testkit::judges;

/// A provider in a process of its own, ended when this goes out of use.
struct Provider {
    process: Child,
    issuer: String,
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Provider {
    /// With ann, whose name is no user's of Tenor as it is written, another one, and bob, whom Tenor does not know. None where there are no judges.
    fn start() -> Option<Self> {
        let python = judges::web()?;
        let mut command = Command::new(python);
        command.args(["-m", "oidc_provider_mock", "--host", "127.0.0.1", "--port", "0"]);
        for user in [
            r#"{"sub":"1","preferred_username":"Ann","email":"ann@example.com","email_verified":true}"#,
            r#"{"sub":"2","preferred_username":"bob"}"#,
            r#"{"sub":"3","email":"ann@example.com","email_verified":false}"#,
            r#"{"sub":"4","preferred_username":"ann"}"#,
        ] {
            command.args(["--user-claims", user]);
        }
        let mut process = command.env("NO_COLOR", "1").stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(process.stderr.take().unwrap());
        let mut said = String::new();
        let issuer = loop {
            let mut line = String::new();
            assert_ne!(log.read_line(&mut line).unwrap(), 0, "the provider ended before it listened: {said}");
            if let Some((_, address)) = line.split_once("running on ") {
                break address.split_whitespace().next().unwrap().to_owned();
            }
            said.push_str(&line);
        };
        // Read on, or it stops when the pipe is full.
        thread::spawn(move || log.read_to_end(&mut Vec::new()));
        Some(Self { process, issuer })
    }

    /// Sends the form of the page at this address, as its user would; says where the browser goes next.
    fn submit(&self, address: &str, form: &str) -> String {
        let rest = address.strip_prefix(&self.issuer).unwrap_or_else(|| panic!("{address} is not of {}", self.issuer));
        let host = self.issuer.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(host).unwrap();
        let request = format!(
            "POST {rest} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: \
             {}\r\n\r\n{form}",
            form.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let location = answer.lines().filter_map(|line| line.split_once(": ")).find(|(name, _)| name.eq_ignore_ascii_case("location"));
        location.unwrap_or_else(|| panic!("{answer}")).1.to_owned()
    }
}

/// A server that asks the provider, over a home with ann in it.
fn serve(home: &std::path::Path, provider: &Provider, more: &[&str]) -> Served {
    let ran = tenor(home, ["user", "add", "ann", "--role", "viewer", "--url", "http://x"]);
    assert!(ran.0.status.success(), "{ran}");
    let ran = tenor(home, ["user", "add", "ann@example.com", "--role", "viewer", "--url", "http://x"]);
    assert!(ran.0.status.success(), "{ran}");
    let secret = home.join("secret");
    fs::write(&secret, "hush\n").unwrap();
    let file = secret.to_str().unwrap();
    let mut args = vec!["--oidc-issuer", &provider.issuer, "--oidc-insecure-issuer", "--oidc-client-id", "tenor"];
    args.extend(["--oidc-client-secret-file", file]);
    args.extend(more);
    Served::start_with(home, &args, &[])
}

/// Goes to the provider, says who it is, and where that leads back to.
fn back(served: &mut Served, provider: &Provider, form: &str) -> String {
    let sent = served.get("/login/oidc?to=/orders");
    assert_eq!(sent.status, "303", "{}", sent.body);
    let came = provider.submit(&sent.location, form);
    let own = format!("http://{}", served.address);
    came.strip_prefix(&own).unwrap_or_else(|| panic!("{came} is not of {own}")).to_owned()
}

fn log_in(served: &mut Served, provider: &Provider, form: &str) -> Reply {
    let path = back(served, provider, form);
    served.get(&path)
}

#[test]
fn who_the_provider_knows_and_tenor_too_is_let_in_and_nobody_else() {
    let Some(provider) = Provider::start() else { return };
    let home = tempfile::tempdir().unwrap();
    let mut served = serve(home.path(), &provider, &[]);
    assert!(served.get("/login?to=/orders").body.contains("/login/oidc?to=%2Forders"));
    let entered = log_in(&mut served, &provider, "sub=1");
    assert_eq!((entered.status.as_str(), entered.location.as_str()), ("303", "/orders"), "{}", entered.body);
    let account = served.get("/account");
    assert!(account.status == "200" && account.body.contains("ann"), "{}", account.body);

    served.cookies.clear();
    let unknown = log_in(&mut served, &provider, "sub=2");
    assert!(unknown.status == "403" && unknown.body.contains("ask an admin to add you"), "{}", unknown.body);
    let nameless = log_in(&mut served, &provider, "sub=3");
    assert!(nameless.status == "403" && nameless.body.contains("has no preferred_username"), "{}", nameless.body);
    let denied = log_in(&mut served, &provider, "action=deny");
    assert_eq!(denied.status, "400", "without our state there is nothing to go on with: {}", denied.body);
    assert_eq!(served.get("/account").status, "303");

    let other = log_in(&mut served, &provider, "sub=4");
    assert!(other.status == "403" && other.body.contains("Another account of the identity provider has that name"), "{}", other.body);
    assert!(served.cookies.iter().all(|(name, _)| name != "tenor-oidc"), "an attempt that failed is over too");
    let ran = tenor(home.path(), ["user", "unlink", "ann"]);
    assert!(ran.0.status.success(), "{ran}");
    assert_eq!(log_in(&mut served, &provider, "sub=4").status, "303");
    served.cookies.clear();
    assert_eq!(log_in(&mut served, &provider, "sub=1").status, "403", "it is the other one now");
}

#[test]
fn an_admin_who_logs_in_by_the_provider_is_given_no_link_unless_somebody_asks_for_it() {
    let home = tempfile::tempdir().unwrap();
    let secret = home.path().join("secret");
    fs::write(&secret, "hush").unwrap();
    let issuer = ["--oidc-insecure-issuer", "--oidc-issuer", "http://127.0.0.1:9", "--oidc-client-id", "tenor"];
    let args = [issuer.as_slice(), &["--oidc-client-secret-file", secret.to_str().unwrap()]].concat();
    let has_link = |more: &[&str]| Served::start_with(home.path(), &[args.as_slice(), more].concat(), &[]).link.contains("/welcome/");
    assert!(has_link(&[]), "there is no admin yet");
    assert!(!has_link(&[]), "the one that the link was for is there");
    assert!(has_link(&["--first-link"]));
}

#[test]
fn a_return_is_good_once_in_the_browser_that_went() {
    let Some(provider) = Provider::start() else { return };
    let home = tempfile::tempdir().unwrap();
    let mut served = serve(home.path(), &provider, &["--oidc-name-claim", "email"]);
    let path = back(&mut served, &provider, "sub=1");
    let cookies = std::mem::take(&mut served.cookies);
    assert_eq!(served.get(&path).status, "400", "another browser's");
    served.cookies.clone_from(&cookies);
    assert_eq!(served.get(&path.replace("state=", "state=0")).status, "400", "another state");
    assert_eq!(served.get(&path).location, "/orders");
    served.cookies = cookies;
    let again = served.get(&path);
    assert!(again.status == "403" && again.body.contains("refuses a token"), "the code was used: {}", again.body);
    served.cookies.clear();
    let unverified = log_in(&mut served, &provider, "sub=3");
    assert!(unverified.status == "403" && unverified.body.contains("has no email"), "{}", unverified.body);
}

#[test]
fn a_provider_in_the_clear_or_with_another_name_lets_nobody_in() {
    let home = tempfile::tempdir().unwrap();
    let secret = home.path().join("secret");
    fs::write(&secret, "hush").unwrap();
    let common = ["--oidc-client-id", "tenor", "--oidc-client-secret-file", secret.to_str().unwrap()];
    let args = [["serve", "--port", "0", "--oidc-issuer", "http://127.0.0.1:9"].as_slice(), &common].concat();
    let told = tenor(home.path(), args).to_string();
    assert!(told.contains("`http://127.0.0.1:9` is not an address with TLS") && told.contains("[exit 1]"), "{told}");
    let mut served = Served::start_with(
        home.path(),
        &[["--oidc-insecure-issuer", "--oidc-issuer", "http://127.0.0.1:9"].as_slice(), &common].concat(),
        &[],
    );
    let sent = served.get("/login/oidc");
    assert!(sent.status == "502" && sent.body.contains("does not answer for its description"), "{}", sent.body);
}
