//! `tenor serve`: the pages and the API, in this process, on this home.

mod jobs;
mod lake;

use crate::connect::keep;
use crate::context::Context;
use crate::notify::{self, Notify};
use crate::output;
use crate::schedule::Plan;
use anyhow::Context as _;
use jiff::SignedDuration;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use tenor_ledger::PublicKey;
use tenor_sandbox::interrupted;
use tenor_serve::jobs::{Jobs, schedule};
use tenor_serve::{App, Home, Listener, Ports, Settings, Tls, router};
use tenor_state::{KeySource, Secret, State, SystemRandomness, User, UserName, UserRole, make_signing_key, read_signing_key};
use url::Url;

/// How long the link of the first admin lasts.
const FIRST_LINK: SignedDuration = SignedDuration::from_hours(24);
/// What the first admin is called.
const FIRST_ADMIN: &str = "admin";
/// The server's own key, beside the database.
const SERVER_KEY: &str = "server.key";

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

    /// Where people reach it, for links in messages: https://tenor.example.
    #[arg(long, value_name = "URL", env = "TENOR_PUBLIC_URL", hide_env_values = true, value_parser = notify::base)]
    public_url: Option<Url>,
}

/// Serves until it is interrupted or told to end.
pub(crate) fn run(context: &Context, args: &Args) -> anyhow::Result<()> {
    let tls = args.tls_certificate.clone().zip(args.tls_key.clone()).map(|(certificates, key)| Tls { certificates, key });
    let settings = Settings {
        has_tls: tls.is_some(),
        is_behind_proxy: args.behind_proxy,
        is_loopback: args.address.is_loopback(),
        ..Settings::default()
    };
    // Before it listens: a schedule that makes no sense is the owner's to mend, not to be found out at night.
    let plan = Plan::read(context)?.unwrap_or_default();
    let notify = Notify::read(context, args.public_url.as_ref())?.map(Arc::new);
    context.block_on(async {
        let stop = interrupted().context("cannot listen to signals")?;
        let address = SocketAddr::new(args.address, args.port);
        // Before anything is written: a new link ends the one before, and where nobody can listen it would let nobody in.
        let listener = Listener::bind(address, tls.as_ref(), args.insecure_listener).await?;
        let (link, home) = begin(context)?;
        let (clock, told) = (context.clone(), context.clone());
        let ports = Ports { lake: Arc::new(lake::Bills::new(context)), jobs: Arc::new(Jobs::new(plan.schedule())) };
        let app = App::new(ports, home.clone(), settings, move || clock.now(), move |text| told.note(text));
        tell(context, listener.address(), tls.is_some(), link.as_ref())?;
        let (ended, end) = tokio::sync::watch::channel(false);
        let stop = async move {
            stop.await;
            ended.send_replace(true);
        };
        let runner = Arc::new(jobs::Work { context: context.clone(), plan, notify: notify.clone() });
        let messages = async {
            if let Some(notify) = notify {
                notify::deliver(context.clone(), home, notify, until(end.clone())).await;
            }
        };
        tokio::join!(listener.run(router(Arc::clone(&app)), stop), schedule(app, runner, until(end.clone())), messages);
        context.note("ended: what had begun was answered");
        Ok(())
    })
}

/// Until it is to end.
async fn until(mut end: tokio::sync::watch::Receiver<bool>) {
    // The sender goes with the listener, which is an end too.
    drop(end.wait_for(|ended| *ended).await);
}

/// Brings the state up to date, and gives the right to write back: commands beside the server write too.
fn begin(context: &Context) -> anyhow::Result<(Option<Secret>, Home)> {
    let (link, server) = {
        let mut state = keep::writer(context, "tenor serve")?;
        (first_link(context, &mut state)?, server_key(context)?)
    };
    let key = KeySource::find(&context.home, std::env::var_os)?.held()?;
    let version = env!("CARGO_PKG_VERSION").parse().expect("a version is short and plain");
    Ok((link, Home::new(context.home.clone(), key, server, version)))
}

/// Prints where to go, as the only line on stdout.
fn tell(context: &Context, address: SocketAddr, has_tls: bool, link: Option<&Secret>) -> anyhow::Result<()> {
    let base = format!("{}://{address}", if has_tls { "https" } else { "http" });
    match link {
        None => output::print_line(&base)?,
        Some(link) => {
            context.note("Nobody can log in as admin yet. This link lets one in, once, within a day:");
            output::print_line(&format!("{base}/welcome/{}", link.reveal()))?;
        }
    }
    context.note(format_args!("Tenor listens on {base}, for the home `{}`", context.home.display()));
    Ok(())
}

/// A link for the first admin, while there is none who could let others in.
fn first_link(context: &Context, state: &mut State) -> anyhow::Result<Option<Secret>> {
    let is_admin = |user: &&User| user.role == UserRole::Admin;
    let users = state.users()?;
    if users.iter().filter(is_admin).any(|user| user.has_password) {
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

/// Whose word it is that somebody was logged in: the server's own key, drawn when it serves for the first time. It signs nothing until it is enrolled.
fn server_key(context: &Context) -> anyhow::Result<PublicKey> {
    let path = context.home.join("state").join(SERVER_KEY);
    let key = if path.try_exists()? { read_signing_key(&path)? } else { make_signing_key(&path, &SystemRandomness::new())? };
    Ok(key.public())
}
