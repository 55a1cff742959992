//! `tenor serve` as a browser meets it: the first link, a password, pages of a real import, a file, and its end.

use crate::proposed::Organization;
use crate::ran::tenor;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tenor_sandbox::Format;
use tenor_serve::{Method, ROUTES, TemplateFormat};

/// What is not computed by then hangs.
const COMPUTED_MAX: Duration = Duration::from_secs(300);

/// A server in a process of its own, ended when this goes out of use.
pub(crate) struct Served {
    process: Child,
    /// What it printed first.
    pub(crate) link: String,
    pub(crate) address: String,
    pub(crate) cookies: Vec<(String, String)>,
}

pub(crate) struct Reply {
    pub(crate) status: String,
    pub(crate) location: String,
    pub(crate) body: String,
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Served {
    fn start(home: &Path) -> Self {
        Self::start_with(home, &[], &[])
    }

    /// The same with further arguments, and some variables of an environment.
    pub(crate) fn start_with(home: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::start_to(home, arguments, variables, Stdio::null())
    }

    /// The same, where what it says on stderr goes somewhere.
    fn start_to(home: &Path, arguments: &[&str], variables: &[(&str, &str)], stderr: impl Into<Stdio>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenor"));
        command.env_clear().env("TENOR_HOME", home).envs(variables.iter().copied()).args(["serve", "--port", "0"]).args(arguments);
        let mut process = command.stdout(Stdio::piped()).stderr(stderr).spawn().unwrap();
        let mut link = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut link).unwrap();
        let link = link.trim().to_owned();
        let address = link.trim_start_matches("http://").split('/').next().unwrap().to_owned();
        Self { process, link, address, cookies: Vec::new() }
    }

    /// Tells it to end, and waits until it has.
    pub(crate) fn end(&mut self) {
        assert!(Command::new("kill").arg(self.process.id().to_string()).status().unwrap().success());
        assert!(self.process.wait().unwrap().success());
    }

    fn send(&mut self, method: &str, path: &str, body: &str) -> Reply {
        let cookies = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nCookie: {cookies}\r\nOrigin: http://{}\r\nContent-Type: \
             application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            self.address,
            body.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let header = |wanted: &'static str| {
            head.lines().filter_map(|line| line.split_once(": ")).filter(move |(name, _)| name.eq_ignore_ascii_case(wanted))
        };
        for (_, set) in header("set-cookie") {
            let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.retain(|(held, _)| held != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        let location = header("location").next().map_or("", |(_, value)| value).to_owned();
        Reply { status: head.split(' ').nth(1).unwrap().to_owned(), location, body: body.to_owned() }
    }

    /// Tells it to end, as an init system does, and does not wait for that.
    pub(crate) fn terminate(&self) {
        assert!(Command::new("kill").arg(self.process.id().to_string()).status().unwrap().success());
    }

    /// Waits for its end; whether it ended well.
    pub(crate) fn has_ended_well(&mut self) -> bool {
        self.process.wait().unwrap().success()
    }

    /// Ends it as a power cut does.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    pub(crate) fn get(&mut self, path: &str) -> Reply {
        self.send("GET", path, "")
    }

    /// Loads a page again until it says something: what takes long is computed meanwhile, and each page waits for it a little.
    fn until(&mut self, path: &str, said: &str) -> Reply {
        self.until_it(path, |body| body.contains(said))
    }

    fn until_it(&mut self, path: &str, is_so: impl Fn(&str) -> bool) -> Reply {
        let begun = Instant::now();
        loop {
            let reply = self.get(path);
            if is_so(&reply.body) {
                assert_eq!(reply.status, "200", "{}", reply.body);
                return reply;
            }
            assert!(begun.elapsed() < COMPUTED_MAX, "{path} never comes to it: {}", reply.body);
        }
    }

    /// Opens the page of a form, and sends it.
    pub(crate) fn submit(&mut self, path: &str, form: &str) -> Reply {
        self.submit_to(path, path, form)
    }

    /// The same, where the form goes elsewhere.
    pub(crate) fn submit_to(&mut self, page: &str, path: &str, form: &str) -> Reply {
        let page = self.get(page).body;
        let token =
            page.split("name=\"form_token\" value=\"").nth(1).unwrap_or_else(|| panic!("{page}")).split('"').next().unwrap().to_owned();
        self.send("POST", path, &format!("form_token={token}&{form}"))
    }
}

/// A home with two months of a small bill.
pub(crate) fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let header = "bill/PayerAccountId,bill/BillingPeriodStartDate,lineItem/UsageAccountId,lineItem/LineItemType,lineItem/UsageStartDate,\
                  lineItem/UsageEndDate,lineItem/ProductCode,lineItem/CurrencyCode,lineItem/UnblendedCost,pricing/publicOnDemandCost";
    for month in ["2018-10", "2018-11"] {
        let lines = [
            format!("111122223333,{month}-01T00:00:00Z,4444,Usage,{month}-01T00:00:00Z,{month}-01T00:59:59Z,AmazonEC2,USD,7,7\n"),
            format!("111122223333,{month}-01T00:00:00Z,5555,Usage,{month}-02T05:00:00Z,{month}-02T05:59:59Z,AmazonS3,USD,2.25,2.25\n"),
        ];
        let bill = home.path().join(format!("{month}.csv"));
        fs::write(&bill, format!("{header}\n{}", lines.concat())).unwrap();
        let ran = tenor(home.path(), [Path::new("import"), &bill]);
        assert!(ran.0.status.success(), "{ran}");
    }
    home
}

#[test]
fn the_first_admin_is_let_in_sees_the_bills_and_the_server_ends_when_told() {
    let home = home();
    let mut served = Served::start(home.path());
    let path = served.link.split_once("/welcome/").map(|(_, link)| format!("/welcome/{link}")).unwrap();
    assert_eq!((served.get("/").status.as_str(), served.get("/").location.as_str()), ("303", "/login?to=%2F"));
    assert_eq!(served.get("/readyz").body, "bills ok\nstate ok\n");
    let entered = served.submit(&path, "password=correct+horse+battery&again=correct+horse+battery");
    assert_eq!((entered.status.as_str(), entered.location.as_str()), ("303", "/"));
    let overview = served.get("/");
    assert!(
        overview.status == "200" && overview.body.contains("9.25 USD") && overview.body.contains("2018-10 to 2018-11"),
        "{}",
        overview.body
    );
    let explored = served.get("/explore?by=x_ServiceCode&granularity=month");
    assert!(explored.body.contains("AmazonS3") && explored.body.contains("18.50"), "{}", explored.body);
    let file = served.get("/explore.csv?by=x_ServiceCode&metric=billed&from=2018-11");
    assert!(file.body.contains("AmazonEC2,7,USD") && file.body.contains("AmazonS3,2.25,USD"), "{}", file.body);
    assert_eq!(served.get("/explore?by=srvice").status, "400");
    assert_eq!(served.get("/explore?where=1").status, "400");
    for path in [
        "/commitments",
        "/orders",
        "/ledger",
        "/ledger/verify",
        "/users",
        "/account",
        "/api/v1/cost",
        "/api/v1/coverage?granularity=month",
        "/api/v1/commitments",
    ] {
        let reply = served.get(path);
        assert_eq!(reply.status, "200", "{path}: {}", reply.body);
    }

    // A command beside it writes too, and is seen at once.
    let ran = tenor(home.path(), ["user", "add", "eve", "--role", "viewer", "--url", "http://x"]);
    let told = ran.to_string();
    assert!(told.starts_with("[stdout]\nhttp://x/welcome/") && told.contains("eve sets their password there"), "{told}");
    assert!(served.get("/users").body.contains("eve"));
    let last = tenor(home.path(), ["user", "remove", "admin"]).to_string();
    assert!(last.contains("because: `admin` is the only admin who can log in") && last.contains("[exit 1]"), "{last}");

    served.end();
    let verified = tenor(home.path(), ["ledger", "access", "--verify"]);
    assert!(verified.0.status.success(), "{verified}");
    let looked = tenor(home.path(), ["ledger", "access", "--user", "admin", "--format", "csv"]);
    assert!(looked.to_string().contains(",admin,,cost as a file,200,") && looked.0.status.success(), "{looked}");
    let mut again = Served::start(home.path());
    assert!(!again.link.contains("/welcome/"), "there is an admin now");
    again.cookies = served.cookies.clone();
    assert_eq!(again.get("/account").status, "200", "a session outlives the server");
}

#[test]
fn the_first_link_goes_into_a_file_where_stdout_is_a_log() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("first-link");
    let mut served = Served::start_with(home.path(), &["--first-link-file"], &[]);
    assert_eq!(served.link, format!("http://{}", served.address), "the address alone");
    let link = fs::read_to_string(&file).unwrap();
    let path = link.trim().strip_prefix(&served.link).unwrap().to_owned();
    let entered = served.submit(&path, "password=correct+horse+battery&again=correct+horse+battery");
    assert_eq!((entered.status.as_str(), entered.location.as_str()), ("303", "/"));
    served.end();
    let served = Served::start_with(home.path(), &["--first-link-file"], &[]);
    assert!(!served.link.contains("/welcome/") && !file.exists(), "there is an admin now");
}

#[test]
fn the_external_id_of_a_connection_made_in_the_browser_is_in_its_parameters_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (home, said, out) = (folder.path().join("home"), folder.path().join("stderr"), folder.path().join("out"));
    let mut served = Served::start_to(&home, &[], &[], fs::File::create(&said).unwrap());
    let path = served.link.split_once("/welcome/").map(|(_, link)| format!("/welcome/{link}")).unwrap();
    served.submit(&path, "password=correct+horse+battery&again=correct+horse+battery");
    let form = "name=prod&account=111122223333&principal=arn%3Aaws%3Aiam%3A%3A444455556666%3Arole%2Ftenor&tier=trial&tier=commitments";
    let made = served.submit_to("/setup", "/setup/connect", form);
    assert_eq!((made.status.as_str(), made.location.as_str()), ("303", "/access/prod"), "{}", made.body);
    let ran = tenor(&home, ["access", "template", "prod", "--out", out.to_str().unwrap()]);
    assert!(ran.0.status.success(), "{ran}");
    let parameters: serde_json::Value = serde_json::from_slice(&fs::read(out.join("parameters.json")).unwrap()).unwrap();
    let external_id = parameters.as_array().unwrap().iter().find(|one| one["ParameterKey"] == "ExternalId").unwrap();
    let external_id = external_id["ParameterValue"].as_str().unwrap();
    assert_eq!(external_id.len(), 32);

    for route in ROUTES.iter().filter(|route| route.method == Method::Get) {
        let reply = served.get(&route.path.replace("{id}", "prod").replace("{link}", "none"));
        assert!(!reply.body.contains(external_id), "{route:?}");
    }
    assert!(served.get("/access/prod").body.contains("arn:aws:iam::444455556666:role/tenor"));
    for format in TemplateFormat::ALL {
        let file = served.get(&format!("/access/prod/template?format={}", format.word()));
        assert!(file.status == "200" && !file.body.contains(external_id), "{format:?}: {}", file.status);
    }
    served.end();
    assert!(!fs::read_to_string(&said).unwrap().contains(external_id));
    for file in fs::read_dir(home.join("access")).unwrap() {
        assert!(!fs::read_to_string(file.unwrap().path()).unwrap().contains(external_id));
    }
    let entries = tenor(&home, ["--format", "json", "ledger", "show"]).to_string();
    let entry = entries.lines().find(|line| line.contains("connection-made")).unwrap_or(&entries);
    assert!(entry.contains("admin") && entry.contains("prod") && !entries.contains(external_id), "{entry}");
}

#[test]
fn where_others_can_listen_it_does_not_serve_in_the_clear() {
    let home = tempfile::tempdir().unwrap();
    let told = tenor(home.path(), ["serve", "--address", "0.0.0.0", "--port", "0"]).to_string();
    assert!(
        told.contains("0.0.0.0:0 can be reached from other machines, and there is no TLS")
            && told.contains("--behind-proxy")
            && told.contains("[exit 1]"),
        "{told}"
    );
}

#[test]
fn the_first_link_begins_where_the_owner_says_that_people_reach_the_server() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("first-link");
    let public = [("TENOR_PUBLIC_URL", "https://tenor.example/")];
    drop(Served::start_with(home.path(), &["--first-link-file"], &public));
    let link = fs::read_to_string(&file).unwrap();
    assert!(link.starts_with("https://tenor.example/welcome/"), "{link}");
}

#[test]
fn where_the_port_is_taken_the_link_of_the_server_that_has_it_stays_good() {
    let home = tempfile::tempdir().unwrap();
    let mut served = Served::start(home.path());
    let path = served.link.split_once("/welcome/").map(|(_, link)| format!("/welcome/{link}")).unwrap();
    let port = served.address.rsplit(':').next().unwrap().to_owned();
    let told = tenor(home.path(), ["serve", "--port", &port]).to_string();
    assert!(told.contains("[exit 1]") && !told.contains("/welcome/"), "{told}");
    assert!(served.get(&path).body.contains("Welcome, admin"));
}

#[test]
fn a_proposal_that_is_kept_is_recorded_once_and_stands_on_a_page_that_answers_what_if() {
    let organization = Organization::new(Format::LegacyCsv);
    let command = "--format json propose --policy HERE/policy.toml --scenarios 2 --keep";
    let proposal: serde_json::Value = serde_json::from_str(&organization.done(command)).unwrap();
    organization.done(command);
    let id = proposal["id"].as_str().unwrap();
    let ledger = organization.done("--format json ledger show");
    assert_eq!(ledger.matches("\"event\": \"proposal-made\"").count(), 1, "the same proposal is recorded once: {ledger}");
    assert!(ledger.contains(id), "{ledger}");
    let listed = organization.done("--format csv propose list");
    assert!(listed.contains(id) && listed.contains("newest"), "{listed}");
    let digits = &id[..8];
    assert_eq!(organization.done(&format!("propose show {digits}")), organization.done(&format!("propose --explain {digits}")));
    let none = organization.told("propose show 00000000");
    assert!(none.contains("there is no proposal `00000000`") && none.contains("[exit 1]"), "{none}");

    let mut served = Served::start(&organization.file("home"));
    let path = served.link.split_once("/welcome/").map(|(_, link)| format!("/welcome/{link}")).unwrap();
    served.submit(&path, "password=correct+horse+battery&again=correct+horse+battery");
    let list = served.get("/proposals").body;
    assert!(list.contains(id) && list.contains("newest"), "{list}");
    let page = format!("/proposals/{id}");
    let what = proposal["steps"][0]["what"].as_str().unwrap();
    let less = served.until(&format!("{page}?obligation=0"), "Nothing would be bought.");
    assert!(less.body.contains(what) && less.body.contains("In the same 2 futures"), "{}", less.body);
    let wrong = served.get(&format!("{page}?obligation=none"));
    assert!(wrong.status == "400" && wrong.body.contains("write an amount"), "{}", wrong.body);
    let file = served.get(&format!("{page}/proposal.json")).body;
    assert!(file.contains(id), "{file}");
    let told: serde_json::Value = serde_json::from_str(&served.get(&format!("/api/v1{page}")).body).unwrap();
    assert_eq!(told["proposal"], proposal);
    assert_eq!(served.get(&format!("/proposals/{}", "0".repeat(64))).status, "404");

    // A comparison that is damaged is told, and the proposal stands.
    let kept = organization.file("home/proposals").join(id);
    fs::write(kept.join("compared.json"), "[").unwrap();
    let shown = served.get(&page);
    assert!(shown.status == "200" && shown.body.contains("cannot read the comparison"), "{}", shown.body);
    // Inputs that are not its own answer nothing.
    let cookies = std::mem::take(&mut served.cookies);
    drop(served);
    fs::write(kept.join("inputs.json.gz"), "x").unwrap();
    let mut served = Served::start(&organization.file("home"));
    served.cookies = cookies;
    served.until(&page, "are not those it was computed from");
    // The same command mends what is kept.
    organization.done(command);
    organization.done(&format!("propose --verify {id}"));
}

#[test]
fn a_proposal_is_made_in_the_browser_once_and_as_whoever_asked_and_a_failure_is_told() {
    let organization = Organization::new(Format::LegacyCsv);
    let home = organization.file("home");
    fs::copy(organization.file("policy.toml"), home.join("policy.toml")).unwrap();
    let mut served = Served::start(&home);
    let path = served.link.split_once("/welcome/").map(|(_, link)| format!("/welcome/{link}")).unwrap();
    served.submit(&path, "password=correct+horse+battery&again=correct+horse+battery");
    // It answers at once where it is made within five seconds, else by the list.
    for _ in 0..2 {
        let made = served.submit("/proposals", "");
        assert!(made.status == "303" && made.location.starts_with("/proposals"), "{} {}", made.status, made.body);
    }
    let list = served.until_it("/proposals", |body| body.contains(">newest<") && !body.contains("is being computed")).body;
    assert_eq!(list.matches("href=\"/proposals/").count(), 1, "both asked for the same: {list}");
    let entries = organization.done("--format json ledger show");
    assert_eq!(entries.matches("\"event\": \"proposal-made\"").count(), 1, "{entries}");
    let entry = entries.lines().find(|line| line.contains("proposal-made")).unwrap_or(&entries);
    assert!(entry.contains("admin"), "it is recorded as theirs: {entry}");

    fs::write(home.join("policy.toml"), "terms = []\n").unwrap();
    let failed = served.submit("/proposals", "");
    assert_eq!(failed.status, "400", "{}", failed.body);
    served.until("/proposals", "The last proposal could not be made");
}

#[test]
fn a_demo_lets_nobody_in_but_on_this_machine_and_in_a_rehearsal() {
    let home = tempfile::tempdir().unwrap();
    let told = tenor(home.path(), ["serve", "--demo", "--port", "0"]).to_string();
    assert!(told.contains("--demo is for a rehearsal against the home's own sandbox") && told.contains("[exit 1]"), "{told}");
    for more in [&["--address", "0.0.0.0", "--insecure-listener"][..], &["--behind-proxy"]] {
        let told = tenor(home.path(), ["serve", "--demo", "--port", "0"].iter().chain(more)).to_string();
        assert!(told.contains("it listens on this machine alone") && told.contains("[exit 2]"), "{told}");
    }
    assert!(!home.path().join("state").exists(), "nothing was begun");
}
