//! Does something to a sandbox: through the process that runs it, or else to its books.

use super::folder::Folder;
use crate::context::Context;
use crate::report::Refused;
use anyhow::Context as _;
use std::io::Write as _;
use std::time::Duration;
use tenor_aws::client::{HttpTransport, Outgoing, Transport as _};
use tenor_sandbox::{CONTROL_KEY_HEADER, CONTROL_PATH, Order};
use tokio::time::timeout;

/// How long a sandbox that runs may take to say what time it is.
const TIME_MAX: Duration = Duration::from_secs(5);

/// Carries out an order and prints what came of it.
pub(super) fn order(context: &Context, folder: &Folder, order: &Order) -> anyhow::Result<()> {
    let said = match folder.hold()? {
        Some(_held) => {
            let mut cloud = folder.load()?;
            let said = order.apply(&mut cloud)?;
            folder.store().save(&cloud)?;
            said
        }
        None => context.block_on(ask(&HttpTransport::default(), folder, order))?,
    };
    writeln!(std::io::stdout().lock(), "{said}")?;
    Ok(())
}

/// What time it is in the sandbox.
pub(super) fn now(context: &Context, folder: &Folder) -> anyhow::Result<jiff::Timestamp> {
    let said = match folder.hold()? {
        Some(_held) => folder.load()?.now().to_string(),
        None => context.block_on(ask(&HttpTransport::default(), folder, &Order::Time))?,
    };
    time(&said)
}

/// What time it is in a sandbox that runs. One that runs not is left alone: its lock is whoever's who is about to run it.
pub(super) async fn now_running(transport: &HttpTransport, folder: &Folder) -> anyhow::Result<jiff::Timestamp> {
    time(&timeout(TIME_MAX, ask(transport, folder, &Order::Look)).await.context("the sandbox does not answer")??)
}

fn time(said: &str) -> anyhow::Result<jiff::Timestamp> {
    said.trim().parse().with_context(|| format!("the sandbox says what is no time: `{said}`"))
}

/// Has the process that runs the sandbox write what it has in memory alone, if one does.
pub(super) fn catch_up(context: &Context, folder: &Folder) -> anyhow::Result<()> {
    if folder.hold()?.is_none() {
        context.block_on(ask(&HttpTransport::default(), folder, &Order::Time))?;
    }
    Ok(())
}

async fn ask(transport: &HttpTransport, folder: &Folder, order: &Order) -> anyhow::Result<String> {
    let running = folder.running()?;
    let outgoing = Outgoing {
        method: "POST".to_owned(),
        url: format!("http://{}{CONTROL_PATH}", running.address),
        headers: vec![(CONTROL_KEY_HEADER.to_owned(), running.key)],
        body: serde_json::to_vec(order)?,
        is_alone: true,
    };
    let answer = transport.send(outgoing).await?;
    let said = String::from_utf8_lossy(&answer.body).into_owned();
    if answer.status == 200 { Ok(said) } else { Err(Refused::new(format!("the sandbox refuses: {said}")).into()) }
}
