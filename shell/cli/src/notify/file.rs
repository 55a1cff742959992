//! The owner's file `notify.toml`: who is told of what, when not, and how they are reached. What is secret stands in files or variables that it names,
//! never in it.

use crate::context::Context;
use crate::place::Written;
use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use tenor_notify::{Hidden, Kind, Mail, Message, Quiet, Security, Target};
use tenor_state::NewMessage;
use toml::Spanned;
use url::Url;

/// Its name, in the home.
pub(crate) const FILE: &str = "notify.toml";
const HINT: &str = "docs/operations.md shows every key; `tenor notify check` reads it again";
/// The same is told once in so many hours where the file does not say: in a week, and longer than it is between two days' or weeks' looks.
const WINDOW_HOURS: i64 = 7 * 24 + 1;
/// A message says no more, in bytes of its title and of its lines: whatever it tells, it can be queued.
const TITLE_BYTES_MAX: usize = 512;
const LINES_BYTES_MAX: usize = 8_192;
/// What is queued is kept for ninety days.
const WINDOW_HOURS_MAX: i64 = 60 * 24;

/// Who is told of what.
#[derive(Debug)]
pub(crate) struct Notify {
    pub(crate) targets: BTreeMap<String, Addressee>,
    window: SignedDuration,
    quiet: Option<Quiet>,
    public_url: Option<Url>,
}

/// Somebody who is told.
#[derive(Debug)]
pub(crate) struct Addressee {
    pub(crate) target: Target,
    pub(crate) kinds: BTreeSet<Kind>,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fact {
    pub(crate) kind: Kind,
    /// What makes it the same as another.
    pub(crate) dedup: String,
    pub(crate) title: String,
    pub(crate) lines: Vec<String>,
    /// The page to read on.
    pub(crate) path: String,
    pub(crate) moment: Timestamp,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    public_url: Option<Spanned<String>>,
    window_hours: Option<Spanned<i64>>,
    quiet: Option<Spanned<Hours>>,
    #[serde(default)]
    target: BTreeMap<String, Spanned<Section>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hours {
    from: String,
    to: String,
    time_zone: String,
}

/// A target, whatever its kind: which keys belong to it is checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    kind: Spanned<String>,
    events: Option<Vec<Spanned<String>>>,
    url: Option<String>,
    url_file: Option<String>,
    url_variable: Option<String>,
    secret_file: Option<String>,
    secret_variable: Option<String>,
    host: Option<String>,
    port: Option<u16>,
    security: Option<Spanned<String>>,
    from: Option<String>,
    to: Option<Vec<String>>,
    user: Option<String>,
    password_file: Option<String>,
    password_variable: Option<String>,
}

impl Notify {
    /// As the home has it; nothing where there is no file: nobody is told of anything then. `public_url` goes before what the file says.
    ///
    /// # Errors
    /// When it makes no sense, or what it names cannot be read.
    pub(crate) fn read(context: &Context, public_url: Option<&Url>) -> anyhow::Result<Option<Self>> {
        let Some(written) = Written::read(&context.home.join(FILE), "not who is told", HINT)? else { return Ok(None) };
        let variable = |name: &str| std::env::var(name).ok();
        Self::of(&written, &context.home, public_url, &variable).map(Some)
    }

    fn of(written: &Written, home: &Path, public_url: Option<&Url>, variable: &dyn Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        let file: File = written.parse()?;
        let own = file.public_url.as_ref().map(|url| base(url.get_ref()).map_err(|why| written.wrong(&url.span(), why))).transpose()?;
        let hours = file.window_hours.as_ref().map_or(WINDOW_HOURS, |hours| *hours.get_ref());
        if let Some(wrong) = file.window_hours.filter(|hours| !(1..=WINDOW_HOURS_MAX).contains(hours.get_ref())) {
            return Err(written.wrong(&wrong.span(), format!("`window_hours` is 1 to {WINDOW_HOURS_MAX}")));
        }
        let quiet = match &file.quiet {
            None => None,
            Some(found) => {
                let Hours { from, to, time_zone } = found.get_ref();
                let read = Quiet::read(from, to, time_zone);
                Some(read.map_err(|error| written.wrong(&found.span(), format!("quiet hours: {error}: {}", error.hint())))?)
            }
        };
        let mut targets = BTreeMap::new();
        for (name, section) in file.target {
            let addressee = addressee(written, &section, home, variable).with_context(|| format!("the target `{name}`"))?;
            targets.insert(name, addressee);
        }
        Ok(Self { targets, window: SignedDuration::from_hours(hours), quiet, public_url: public_url.cloned().or(own) })
    }

    /// What is queued of something that happened: a message for each who is told of it.
    pub(crate) fn messages(&self, fact: &Fact, now: Timestamp) -> Vec<NewMessage> {
        let payload = self.message(fact).encode();
        let not_before = self.quiet.as_ref().filter(|_| !fact.kind.is_urgent()).map_or(now, |quiet| quiet.allow(now));
        let told = self.targets.iter().filter(|(_, addressee)| addressee.kinds.contains(&fact.kind));
        let new = |(target, _): (&String, &Addressee)| NewMessage {
            target: target.clone(),
            dedup: fact.dedup.clone(),
            window: self.window,
            kind: fact.kind.to_string(),
            payload: payload.clone(),
            not_before,
        };
        told.map(new).collect()
    }

    /// While it is quiet: until when what is not urgent waits.
    pub(crate) fn quiet_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.quiet.as_ref().map(|quiet| quiet.allow(now)).filter(|until| *until > now)
    }

    /// What is told of it. Its link leads to a page that asks who comes.
    pub(crate) fn message(&self, fact: &Fact) -> Message {
        let link = self.public_url.as_ref().map(|base| format!("{}{}", base.as_str().trim_end_matches('/'), fact.path));
        Message {
            title: fact.title[..fact.title.floor_char_boundary(TITLE_BYTES_MAX)].to_owned(),
            lines: fitted(&fact.lines),
            link,
            moment: fact.moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        }
    }
}

/// So much of it as a message says.
fn fitted(lines: &[String]) -> Vec<String> {
    let (mut fitted, mut room) = (Vec::new(), LINES_BYTES_MAX);
    for line in lines {
        let kept = &line[..line.floor_char_boundary(room)];
        fitted.push(kept.to_owned());
        if kept.len() < line.len() {
            fitted.push("…".to_owned());
            break;
        }
        room -= kept.len();
    }
    fitted
}

/// Where the server is reached, for links.
pub(crate) fn base(text: &str) -> Result<Url, String> {
    let no = || format!("`{text}` is no address of a server: https://tenor.example");
    let url = Url::parse(text).map_err(|_| no())?;
    let is_plain = url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    if ["http", "https"].contains(&url.scheme()) && url.has_host() && is_plain { Ok(url) } else { Err(no()) }
}

fn addressee(
    written: &Written,
    section: &Spanned<Section>,
    home: &Path,
    variable: &dyn Fn(&str) -> Option<String>,
) -> anyhow::Result<Addressee> {
    let (span, held) = (section.span(), section.get_ref());
    let wrong = |why: String| written.wrong(&span, why);
    let need = |what: &str, value: &Option<String>| value.clone().ok_or_else(|| wrong(format!("`{what}` is missing")));
    let hidden = |what: &str, file: &Option<String>, name: &Option<String>| {
        secret(home, variable, file, name).map_err(|why| wrong(format!("`{what}`: {why}")))
    };
    let url = |missing: &str| -> anyhow::Result<Hidden> {
        let found = match &held.url {
            Some(url) => Some(Hidden::new(url.clone())),
            None => hidden("url", &held.url_file, &held.url_variable)?,
        };
        found.ok_or_else(|| wrong(missing.to_owned()))
    };
    let target = match held.kind.get_ref().as_str() {
        "slack" if held.url.is_some() => {
            let why =
                "its address lets in whoever knows it, and may not stand here: name a file or a variable, `url_file` or `url_variable`";
            return Err(wrong(why.to_owned()));
        }
        "slack" => Target::Slack { url: url("`url_file` or `url_variable` is missing")? },
        "webhook" => {
            let secret = hidden("secret", &held.secret_file, &held.secret_variable)?;
            Target::Webhook {
                url: url("`url`, `url_file` or `url_variable` is missing")?,
                secret: secret.ok_or_else(|| wrong("`secret_file` or `secret_variable` is missing".to_owned()))?,
            }
        }
        "mail" => {
            let security = match held.security.as_ref().map(|word| (word.get_ref().as_str(), word.span())) {
                None | Some(("tls", _)) => Security::Tls,
                Some(("starttls", _)) => Security::StartTls,
                Some(("none", _)) => Security::None,
                Some((word, span)) => return Err(written.wrong(&span, format!("`{word}` is not `tls`, `starttls` or `none`"))),
            };
            let password = hidden("password", &held.password_file, &held.password_variable)?;
            let login = match (&held.user, password) {
                (Some(user), Some(password)) => Some((user.clone(), password)),
                (None, None) => None,
                _ => return Err(wrong("`user` goes with `password_file` or `password_variable`".to_owned())),
            };
            Target::Mail(Mail {
                host: need("host", &held.host)?,
                port: held.port.unwrap_or(if security == Security::StartTls { 587 } else { 465 }),
                security,
                from: need("from", &held.from)?,
                to: held.to.clone().unwrap_or_default(),
                login,
            })
        }
        other => return Err(written.wrong(&held.kind.span(), format!("`{other}` is not `slack`, `webhook` or `mail`"))),
    };
    target.check().map_err(|error| wrong(format!("{error}: {}", error.hint())))?;
    Ok(Addressee { target, kinds: kinds(written, held)? })
}

/// What somebody is told of: everything where the file does not say.
fn kinds(written: &Written, section: &Section) -> anyhow::Result<BTreeSet<Kind>> {
    let Some(words) = &section.events else { return Ok(Kind::ALL.into()) };
    let mut kinds = BTreeSet::new();
    for word in words {
        let all = || Kind::ALL.map(Kind::as_str).join(", ");
        let unknown = |()| written.wrong(&word.span(), format!("`{}` is none of {}", word.get_ref(), all()));
        let kind = word.get_ref().parse::<Kind>().map_err(unknown)?;
        kinds.insert(kind);
    }
    Ok(kinds)
}

/// A secret from a file in the home, or beside it, or from a variable; nothing where none is named.
fn secret(
    home: &Path,
    variable: &dyn Fn(&str) -> Option<String>,
    file: &Option<String>,
    name: &Option<String>,
) -> Result<Option<Hidden>, String> {
    let value = match (file, name) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => return Err("a file and a variable are one too many".to_owned()),
        (Some(file), None) => std::fs::read_to_string(home.join(file)).map_err(|error| format!("cannot read `{file}`: {error}"))?,
        (None, Some(name)) => variable(name).ok_or_else(|| format!("the variable {name} is not set"))?,
    };
    match value.trim() {
        "" => Err("it is empty".to_owned()),
        value => Ok(Some(Hidden::new(value))),
    }
}

#[cfg(test)]
mod tests {
    use super::{FILE, Fact, Notify};
    use crate::place::Written;
    use jiff::Timestamp;
    use tenor_notify::Kind;

    const WHOLE: &str = r#"
public_url = "https://tenor.example/"
window_hours = 12

[quiet]
from = "20:00"
to = "07:00"
time_zone = "Europe/Berlin"

[target.chat]
kind = "slack"
url_variable = "CHAT_URL"

[target.hook]
kind = "webhook"
url = "https://ops.example/hook"
secret_file = "hook.secret"
events = ["step-held", "order-waits"]

[target.mail]
kind = "mail"
host = "mail.example.org"
from = "Tenor <tenor@example.org>"
to = ["ann@example.org"]
user = "tenor"
password_variable = "MAIL_PASSWORD"
events = ["digest"]
"#;

    fn read(text: &str) -> anyhow::Result<Notify> {
        let home = tempfile::tempdir()?;
        std::fs::write(home.path().join(FILE), text)?;
        std::fs::write(home.path().join("hook.secret"), "both know it\n")?;
        let written = Written::read(&home.path().join(FILE), "not who is told", "look")?.expect("it was written");
        let variable = |name: &str| ["CHAT_URL", "MAIL_PASSWORD"].contains(&name).then(|| "https://hooks.example/T1/secret".to_owned());
        Notify::of(&written, home.path(), None, &variable)
    }

    fn refused(text: &str) -> String {
        read(text).unwrap_err().root_cause().to_string()
    }

    #[test]
    fn who_is_told_of_what_and_when() {
        let notify = read(WHOLE).unwrap();
        let fact = |kind| Fact {
            kind,
            dedup: "ledger:7".to_owned(),
            title: "x".to_owned(),
            lines: Vec::new(),
            path: "/orders".to_owned(),
            moment: "2026-01-20T20:00:00.5Z".parse().unwrap(),
        };
        let night: Timestamp = "2026-01-20T20:00:00Z".parse().unwrap();
        let told = |kind| {
            let messages = notify.messages(&fact(kind), night);
            messages.iter().map(|message| format!("{} at {}", message.target, message.not_before)).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(told(Kind::StepHeld), "chat at 2026-01-20T20:00:00Z, hook at 2026-01-20T20:00:00Z");
        assert_eq!(told(Kind::OrderWaits), "chat at 2026-01-21T06:00:00Z, hook at 2026-01-21T06:00:00Z");
        assert_eq!(told(Kind::Digest), "chat at 2026-01-21T06:00:00Z, mail at 2026-01-21T06:00:00Z");
        let message = notify.message(&fact(Kind::StepHeld));
        assert_eq!((message.link.as_deref(), message.moment.as_str()), (Some("https://tenor.example/orders"), "2026-01-20T20:00:00Z"));
        assert!(!format!("{notify:?}").contains("T1/secret") && !format!("{notify:?}").contains("both know it"));
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_place() {
        let told = [
            refused("window_hours = 0"),
            refused("public_url = \"tenor\""),
            refused("[target.x]\nkind = \"pager\""),
            refused("[target.x]\nkind = \"slack\""),
            refused("[target.x]\nkind = \"slack\"\nurl = \"https://hooks.example/T1/secret\""),
            refused("[target.x]\nkind = \"webhook\"\nurl = \"http://hooks.example/x\"\nsecret_file = \"hook.secret\""),
            refused("[target.x]\nkind = \"webhook\"\nurl = \"https://hooks.example/x\"\nsecret_variable = \"NONE\""),
            refused("[target.x]\nkind = \"slack\"\nurl_variable = \"CHAT_URL\"\nevents = [\"test\", \"all\"]"),
            refused("[target.x]\nkind = \"mail\"\nhost = \"m\"\nfrom = \"a@b.example\"\nto = [\"a@b.example\"]\nuser = \"u\""),
            refused("[quiet]\nfrom = \"20:00\"\nto = \"20:00\"\ntime_zone = \"UTC\""),
        ];
        insta::assert_snapshot!(told.join("\n"), @r#"
        line 1, column 16: `window_hours` is 1 to 1440
        line 1, column 14: `tenor` is no address of a server: https://tenor.example
        line 2, column 8: `pager` is not `slack`, `webhook` or `mail`
        line 1, column 1: `url_file` or `url_variable` is missing
        line 1, column 1: its address lets in whoever knows it, and may not stand here: name a file or a variable, `url_file` or `url_variable`
        line 1, column 1: the address is not https, and not of this machine: it begins with https://; http:// is for this machine alone
        line 1, column 1: `secret`: the variable NONE is not set
        line 4, column 19: `all` is none of order-waits, step-held, step-done, step-failed, watch, job-failed, ledger-broken, kill-switch, digest, test
        line 1, column 1: `user` goes with `password_file` or `password_variable`
        line 1, column 1: quiet hours: they begin when they end: write them as `from = "20:00"` and `to = "07:00"`
        "#);
        assert!(
            refused("[target.x]\nkind = \"mail\"\npassword = \"hunter2\"").contains("unknown field `password`"),
            "there is no place for one"
        );
        let mistyped = read("[target.x]\nkind = \"slack\"\nurl = \"https://hooks.example/T1/secret\nevents = []").unwrap_err();
        let told = format!("{mistyped:#}");
        assert!(told.contains(": line ") && !told.contains("hooks.example"), "{told}");
    }

    #[test]
    fn however_long_what_happened_is_it_can_be_queued() {
        let notify = read(WHOLE).unwrap();
        let fact = Fact {
            kind: Kind::StepHeld,
            dedup: "x".to_owned(),
            title: "\u{1}é".repeat(1_000),
            lines: vec!["\u{1}".repeat(5_000), "é\u{1}".repeat(5_000), "never".to_owned()],
            path: "/orders".to_owned(),
            moment: Timestamp::UNIX_EPOCH,
        };
        let message = notify.message(&fact);
        assert!(message.encode().len() <= tenor_state::OUTBOX_PAYLOAD_BYTES_MAX, "{}", message.encode().len());
        assert_eq!((message.lines.len(), message.lines[2].as_str()), (3, "…"));
    }

    #[test]
    fn quiet_hours_hold_for_every_attempt() {
        let notify = read(WHOLE).unwrap();
        let until = |now: &str| notify.quiet_until(now.parse().unwrap()).map(|until| until.to_string());
        assert_eq!(until("2026-01-20T20:00:00Z").as_deref(), Some("2026-01-21T06:00:00Z"));
        assert_eq!(until("2026-01-21T06:00:00Z"), None);
    }
}
