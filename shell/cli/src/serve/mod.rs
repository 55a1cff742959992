//! `tenor serve`: the pages and the API, in this process, on this home.

mod access;
mod answers;
mod apart;
mod backtests;
mod begun;
mod engines;
mod front;
mod going;
mod jobs;
mod lake;
mod oidc;
mod orders;
mod proposals;
mod reached;
mod refused;
mod runs;
mod settings;
mod setup;
mod storage;

use crate::connect::calling::{CallsMax, calling};
use crate::connect::keep;
use crate::context::Context;
use crate::doctor;
use crate::key;
use crate::ledger::last_seal;
use crate::new_file::NewFile;
use crate::notify::{self, Notify};
use crate::output;
use crate::report::Refused;
use crate::sandbox::{self, Follower};
use crate::schedule::Plan;
use anyhow::Context as _;
use going::Going;
use jiff::SignedDuration;
use std::fs;
use std::io::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tenor_aws::client::Client;
use tenor_order::{Book, Role};
use tenor_sandbox::interrupted;
use tenor_serve::jobs::{Jobs, schedule};
use tenor_serve::{App, Certificate, Home, Listener, Oidc, Ports, Readings, Tls, access_fault, prefetch, router};
use tenor_state::{AccessLease, AccessLog, By, KeySource, Secret, State, StateError, SystemRandomness, User, UserName, UserRole};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use url::Url;

/// How long the link of the first admin lasts.
const FIRST_LINK: SignedDuration = SignedDuration::from_hours(24);
/// Where in the home that link is written, if into a file.
const FIRST_LINK_FILE: &str = "first-link";
/// What the first admin is called.
const FIRST_ADMIN: &str = "admin";
/// How often to look whether there is a new snapshot.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often the ledger gets the hash of the access log's last entry: what was cut off since is not missed.
const SEAL_EVERY: Duration = Duration::from_secs(3_600);
/// When that is tried again after it failed.
const SEAL_AGAIN: Duration = Duration::from_secs(60);
/// How often to look whether the certificate was renewed.
const CERTIFICATE_EVERY: Duration = Duration::from_secs(60);
/// How long the last lines of the access log may take when the server ends.
const END_MAX: Duration = Duration::from_secs(10);

/// Arguments of `tenor serve`.
///
/// It listens on this machine alone unless it is told otherwise. docs/operations.md says how to put it on a network.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where to listen. What other machines can reach takes TLS.
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    address: IpAddr,

    /// The port; 0 for any that is free.
    #[arg(long, value_name = "PORT", default_value_t = 4680)]
    port: u16,

    /// Serve over TLS with this certificate and its chain, in PEM.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_certificate: Option<PathBuf>,

    /// The certificate's key, in PEM.
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,

    /// Believe a proxy before it: X-Forwarded-For, -Proto and -Host are its words, and nobody else reaches this port.
    #[arg(long)]
    behind_proxy: bool,

    /// Listen where others can reach it without TLS: passwords and figures travel in the clear.
    #[arg(long)]
    insecure_listener: bool,

    /// Serve others although the home lies on storage that is not encrypted: whoever gets at the disk reads the bills.
    #[arg(long)]
    plain_storage: bool,

    /// Memory for sorting, grouping and joining that a question about bills may take; two that read charges are asked at once, and two that do not.
    #[arg(long, value_name = "MIB", default_value_t = 768, value_parser = clap::value_parser!(u32).range(16..))]
    question_memory: u32,

    /// How long a question about bills may take, once it is its turn.
    #[arg(long, value_name = "SECONDS", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    question_time: u32,

    /// Print a link for the first admin although users log in by an identity provider.
    #[arg(long, requires = "issuer")]
    first_link: bool,

    /// Write the first admin's link into `<home>/first-link`, for the owner of the home alone, in place of stdout: where stdout goes to a log that others read.
    #[arg(long)]
    first_link_file: bool,

    /// Let whoever may run orders have them carried out. Without this a run looks at everything and sends nothing to AWS.
    #[arg(long)]
    live: bool,

    /// Let admins import bills in the browser from this folder and those below it.
    #[arg(long, value_name = "FOLDER")]
    import_from: Option<PathBuf>,

    /// Let anybody on this machine in as any user, and approve without a password: for a rehearsal against the home's own sandbox, and for nothing else.
    #[arg(long, hide = true)]
    demo: bool,

    /// Where people reach it, for links in messages and those by which users set their passwords: `https://tenor.example`.
    #[arg(long, value_name = "URL", env = "TENOR_PUBLIC_URL", hide_env_values = true, value_parser = notify::base)]
    public_url: Option<Url>,

    // Of proofs that are begun in the browser.
    #[command(flatten)]
    calls_max: CallsMax,

    #[command(flatten)]
    oidc: oidc::ProviderArgs,
}

/// Serves until it is interrupted or told to end.
pub(crate) fn run(context: &Context, args: &Args) -> anyhow::Result<()> {
    let tls = args.tls_certificate.clone().zip(args.tls_key.clone()).map(|(certificates, key)| Tls { certificates, key });
    let oidc = args.oidc.provider()?;
    let settings = args.settings();
    if args.demo {
        check_demo(context, args)?;
    }
    if !args.plain_storage && (!args.address.is_loopback() || args.behind_proxy) {
        storage::check(&doctor::in_the_clear(context))?;
    }
    // Before it listens: a schedule that makes no sense is the owner's to mend, not to be found out at night.
    let plan = Plan::read(context)?.unwrap_or_default();
    let notify = Notify::read(context, args.public_url.as_ref())?.map(Arc::new);
    context.block_on(async {
        let stop = interrupted().context("cannot listen to signals")?;
        let address = SocketAddr::new(args.address, args.port);
        // Before anything is written: a new link ends the one before, and where nobody can listen it would let nobody in.
        let listener = Listener::bind(address, tls.as_ref(), args.insecure_listener).await?;
        // Who logs in by an identity provider needs no password, and a demo lets everybody in without one.
        let wants_password = !args.demo && (args.first_link || oidc.is_none());
        let (link, home) = begin(context, wants_password)?;
        let (home, following) = followed(context, home);
        let (clock, told) = (context.clone(), context.clone());
        let bills = lake::Bills::new(context, args.limits());
        let going = Going::new(context, &home, args);
        let ports = ports(context, args, &home, &bills, &going, oidc, &plan);
        let app = App::new(ports, home.clone(), settings, move || clock.now(), move |text| told.note(text));
        // A demo is for who sits at this machine, whatever the environment says of another server.
        let public_url = args.public_url.as_ref().filter(|_| !args.demo);
        tell(context, &reached::reached(public_url, tls.is_some(), listener.address()), link.as_ref(), args.first_link_file)?;
        context.note(format_args!("Tenor listens on {}, for the home `{}`", listener.address(), context.home.display()));
        tell_of_orders(context, args.live)?;
        let beside = beside(context, bills, &app, &going, listener.certificate());
        let ((ended, end), closing) = (tokio::sync::watch::channel(false), going.clone());
        let stop = async move {
            stop.await;
            // Before those who are connected are waited for: no call leaves any more, and nothing else is begun.
            closing.close();
            ended.send_replace(true);
        };
        let (alarm, jobs_home) = (notify::Alarm::default(), home.clone());
        let runner = Arc::new(jobs::Work {
            context: context.clone(),
            plan,
            notify: notify.clone(),
            home: jobs_home,
            public_url: args.public_url.clone(),
            alarm,
        });
        let messages = async {
            if let Some(notify) = notify {
                notify::deliver(context.clone(), home, notify, until(end.clone())).await;
            }
        };
        let served = listener.behind_proxy(args.behind_proxy).run(router(Arc::clone(&app)), stop);
        tokio::join!(served, schedule(Arc::clone(&app), runner, until(end.clone())), messages);
        for task in beside.into_iter().chain(following) {
            task.abort();
        }
        going.end(context).await?;
        if timeout(END_MAX, app.seal_readings()).await.is_err() {
            context.note("what was looked at last could not be recorded in time");
        }
        context.note("ended: what had begun was answered");
        Ok(())
    })
}

/// What the pages and the API ask.
fn ports(context: &Context, args: &Args, home: &Home, bills: &lake::Bills, going: &Going, oidc: Option<Oidc>, plan: &Plan) -> Ports {
    Ports {
        lake: Arc::new(bills.clone()),
        oidc,
        proposals: Arc::clone(&going.proposals) as _,
        orders: Arc::new(orders::Orders::new(context, args.live, &going.runs, &going.apart, home.books())),
        access: Arc::new(access::Granted::new(home)),
        backtests: Arc::clone(&going.backtests) as _,
        setup: Arc::clone(&going.setup) as _,
        jobs: Arc::new(Jobs::new(plan.schedule())),
    }
}

/// In a rehearsal, the time goes on by what others do: to the ledger, which each request looks at first, and to the sandbox, which is asked beside them.
fn followed(context: &Context, home: Home) -> (Home, Option<JoinHandle<()>>) {
    if !context.ahead.is_rehearsed() {
        return (home, None);
    }
    let follower = Arc::new(Follower::new(context, home.books()));
    let looks = Arc::clone(&follower);
    let home = home.looked_at(move |view| looks.look(view));
    let of = home.clone();
    (home, Some(tokio::spawn(async move { follower.follow(&of).await })))
}

/// What goes on beside the answers until they end.
fn beside(
    context: &Context,
    bills: lake::Bills,
    app: &Arc<App>,
    going: &Going,
    certificate: Option<Arc<Certificate>>,
) -> Vec<JoinHandle<()>> {
    let proposals = Arc::clone(&going.proposals);
    let mut tasks = vec![tokio::spawn(keep_asked(bills)), tokio::spawn(keep_sealed(Arc::clone(app))), tokio::spawn(proposals.keep_ready())];
    tasks.extend(certificate.map(|held| tokio::spawn(keep_renewed(held, context.clone()))));
    tasks
}

/// Asks what the first pages ask as soon as there is a new snapshot, so that whoever comes then does not wait.
async fn keep_asked(bills: lake::Bills) {
    let (mut every, mut last) = (interval(LOOK_EVERY), None);
    // What took long is not made up for.
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        // What cannot be looked at is told to whoever asks.
        let Ok(mark) = bills.look().await else { continue };
        if last.replace(mark) != Some(mark) {
            let of_mark = bills.at(mark);
            tokio::select! {
                () = prefetch(&of_mark) => bills.answered(mark).await,
                // Answers about bills that have passed would only push out others.
                () = bills.passed(mark, &mut every) => {}
            }
        }
    }
}

/// Has the ledger say now and then how far the access log goes.
async fn keep_sealed(app: Arc<App>) {
    loop {
        let is_sealed = app.seal_readings().await;
        sleep(if is_sealed { SEAL_EVERY } else { SEAL_AGAIN }).await;
    }
}

/// Takes a renewed certificate for the connections to come. One that is of no use is told, and the one before stays.
async fn keep_renewed(certificate: Arc<Certificate>, context: Context) {
    loop {
        sleep(CERTIFICATE_EVERY).await;
        let held = Arc::clone(&certificate);
        // Its folder may be on a network.
        match tokio::task::spawn_blocking(move || held.renew()).await {
            Ok(Ok(true)) => context.note("the certificate is a new one from here on"),
            Ok(Err(error)) => {
                let (hint, why) = (error.hint(), anyhow::Error::from(error));
                context.note(format_args!("the certificate stays the one before: {why:#}; {hint}"));
            }
            // When nothing runs any more, nothing has to be renewed.
            Ok(Ok(false)) | Err(_) => {}
        }
    }
}

/// Until it is to end.
async fn until(mut end: tokio::sync::watch::Receiver<bool>) {
    // The sender goes with the listener, which is an end too.
    drop(end.wait_for(|ended| *ended).await);
}

/// Refuses to let everybody in where there is more than a rehearsal, or more than this machine.
fn check_demo(context: &Context, args: &Args) -> anyhow::Result<()> {
    if !args.address.is_loopback() || args.behind_proxy {
        return Err(Refused::bad_usage("--demo lets anybody in: it listens on this machine alone, with nothing before it").into());
    }
    if !context.ahead.is_rehearsed() {
        let refused = Refused::new("--demo is for a rehearsal against the home's own sandbox");
        return Err(refused.hint("set TENOR_SANDBOX_TIME=true, and AWS_ENDPOINT_URL to the sandbox").into());
    }
    calling(context, "tenor serve", None, async |own: &Client| sandbox::check_time(context, own.place()))?.0
}

/// Brings the state up to date, and gives the right to write back: commands beside the server write too.
fn begin(context: &Context, wants_password: bool) -> anyhow::Result<(Option<Secret>, Home)> {
    // First of all: where another server writes it, nothing is changed.
    let lease = AccessLease::take(&context.home).map_err(StateError::from)?;
    let (log, link, server) = {
        let mut state = keep::writer(context, "tenor serve")?;
        let log = open_log(context, &mut state, lease)?;
        (log, first_link(context, &mut state, wants_password)?, key::drawn_for_server(context)?.public())
    };
    let key = KeySource::find(&context.home, std::env::var_os)?.held()?;
    let version = env!("CARGO_PKG_VERSION").parse().expect("a version is short and plain");
    let (told, noting) = (context.clone(), context.clone());
    let readings = Readings::begin(log, move |text| told.note(text));
    let home = Home::new(context.home.clone(), key, server, version).recording(readings).noting(move |text| noting.note(text));
    Ok((link, home))
}

/// Opens the access log. How it differs from what the ledger says is told, and recorded: to go on in silence would make it look right.
fn open_log(context: &Context, state: &mut State, lease: AccessLease) -> anyhow::Result<AccessLog> {
    let (log, faults) = lease.open(last_seal(state)?.as_ref()).map_err(StateError::from)?;
    for fault in &faults {
        context.note(fault);
    }
    let drafts: Vec<_> = faults.iter().map(|fault| By::system(context.now()).draft(access_fault(fault))).collect();
    if !drafts.is_empty() {
        state.append(&drafts, &SystemRandomness::new())?;
    }
    Ok(log)
}

/// Prints where to go, as the only line on stdout.
fn tell(context: &Context, base: &str, link: Option<&Secret>, into_file: bool) -> anyhow::Result<()> {
    let link = link.map(|link| format!("{base}/welcome/{}", link.reveal()));
    if into_file {
        put_link(context, link.as_deref())?;
    }
    match &link {
        Some(link) if !into_file => {
            context.note("Nobody can log in as admin yet. This link lets one in, once, within a day:");
            output::print_line(link)?;
        }
        _ => output::print_line(base)?,
    }
    Ok(())
}

/// Writes the link where the owner of the home alone reads it, in place of the one before, which holds no more.
fn put_link(context: &Context, link: Option<&str>) -> anyhow::Result<()> {
    let path = context.home.join(FIRST_LINK_FILE);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("cannot remove `{}`", path.display()));
        }
        _ => {}
    }
    if let Some(link) = link {
        let mut file = NewFile::begin(&path)?;
        writeln!(file, "{link}").with_context(|| format!("cannot write `{}`", path.display()))?;
        file.finish()?;
        context.note(format_args!("Nobody can log in as admin yet. The link in `{}` lets one in, once, within a day", path.display()));
    }
    Ok(())
}

/// Says what of orders can be done there.
fn tell_of_orders(context: &Context, is_live: bool) -> anyhow::Result<()> {
    if let Err(off) = enrolled(context, &keep::view(context)?.book()?)? {
        context.note(format_args!("Approving orders in the browser is off: {off}"));
    }
    if is_live {
        context.note("What is approved and run there is carried out (--live)");
    }
    Ok(())
}

/// Whether what the server's key signs counts; if not, why, and what to do.
///
/// # Errors
/// When that key is not there, or cannot be read.
pub(crate) fn enrolled(context: &Context, book: &Book) -> anyhow::Result<Result<(), &'static str>> {
    let held = book.keys().get(&key::of_server(context)?.public());
    Ok(match held {
        Some(held) if held.revoked.is_some() => {
            Err("the server's key was revoked; remove state/server.key, start it again, then: tenor key enrol --server")
        }
        Some(held) if held.role == Role::Server => Ok(()),
        _ => Err("the server's key is not enrolled: tenor key enrol --server"),
    })
}

/// A link for the first admin, while there is none who could let others in. Where no password is wanted, an admin without one can.
fn first_link(context: &Context, state: &mut State, wants_password: bool) -> anyhow::Result<Option<Secret>> {
    let is_admin = |user: &&User| user.role == UserRole::Admin;
    let users = state.users()?;
    if users.iter().filter(is_admin).any(|user| user.has_password || !wants_password) {
        return Ok(None);
    }
    let (by, random) = (keep::by(context), SystemRandomness::new());
    let name = match users.iter().find(is_admin) {
        Some(user) => user.name.clone(),
        None => {
            let name: UserName = FIRST_ADMIN.parse().expect("it is a name");
            if users.iter().any(|user| user.name == name) {
                state.change_role(&name, UserRole::Admin, &by, &random)?;
            } else {
                state.add_user(&name, UserRole::Admin, &by, &random)?;
            }
            name
        }
    };
    Ok(Some(state.invite(&name, context.now() + FIRST_LINK, &by, &random)?))
}

#[cfg(test)]
mod tests {
    use super::{Args, put_link};
    use crate::context::Context;
    use crate::output::Format;
    use clap::Parser;
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::time::Duration;

    #[derive(Parser)]
    struct Serve {
        #[command(flatten)]
        args: Args,
    }

    #[test]
    fn an_answer_may_take_longer_than_its_questions() {
        for (words, seconds) in [("serve", 110), ("serve --question-time 5", 60), ("serve --question-time 600", 1_210)] {
            let args = Serve::try_parse_from(words.split(' ')).unwrap().args;
            assert_eq!(args.answer_max(), Duration::from_secs(seconds));
        }
    }

    #[test]
    fn a_link_in_a_file_is_its_owner_s_alone_and_goes_when_there_is_no_other() {
        let home = tempfile::tempdir().unwrap();
        let context = Context::new(Some(home.path().to_owned()), Format::Table).unwrap();
        let path = home.path().join("first-link");
        fs::write(&path, "somebody's").unwrap();
        put_link(&context, Some("http://x/welcome/1")).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "http://x/welcome/1\n");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        put_link(&context, None).unwrap();
        assert!(!path.exists());
        put_link(&context, None).unwrap();
    }

    #[test]
    fn the_owner_says_what_proofs_may_cost() {
        let told = |words: &str| format!("{:?}", Serve::try_parse_from(words.split(' ')).unwrap().args.calls_max);
        assert_eq!(told("serve"), told("serve --calls-max 1"));
        assert_ne!(told("serve"), told("serve --calls-max 0.5"));
    }
}
