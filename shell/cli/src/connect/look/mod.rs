//! `tenor connect look`: a first report out of Cost Explorer, until bills have history. It keeps nothing, and no order is ever made of it.

mod ask;
mod figures;
mod show;

use super::calling::{CallsMax, calling};
use super::{keep, who};
use crate::context::Context;
use crate::report::Refused;
use ask::{Look, Silence};
use tenor_aws::client::Client;
use tenor_aws::proof::{Purpose, connected, unnamed};
use tenor_permit::{AccountKind, offered};
use tenor_state::ConnectionName;

/// What the help says below the arguments.
const NOTES: &str = "Asked are costs by service and by account (daily, 13 months), the last 13 whole days by hour where the account has that switched on, coverage by month, and AWS's own \
    recommendations (one year, nothing upfront, from 30 days). Each page of an answer is a request, and each request costs a cent: about 15 cents for a small account. Nothing of it \
    becomes a bill, and nothing is ordered from it.";

/// Arguments of `tenor connect look`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = NOTES)]
pub(super) struct Args {
    /// The connection, which has to be proved.
    #[arg(value_name = "NAME")]
    name: ConnectionName,

    #[command(flatten)]
    calls_max: CallsMax,
}

/// Asks and prints; exits 1 when a question had no answer.
pub(super) fn run(context: &Context, args: &Args) -> anyhow::Result<()> {
    let kept = keep::connection(context, &args.name)?;
    let connection = &kept.agreement.connection;
    if let Err(unoffered) = offered("ce", connection.partition) {
        return Err(Refused::new(format!("`{}` has no Cost Explorer to look into", args.name)).hint(unoffered.to_string()).into());
    }
    if kept.verified.is_none() {
        let unproved = Refused::new(format!("connection `{}` is not proved", args.name));
        return Err(unproved.hint(format!("prove it first: tenor connect prove {}", args.name)).into());
    }
    let now = context.now();
    let errand = who::errand(context, Purpose::Look);
    let (look, asked) = calling(context, "tenor connect look", Some(args.calls_max), async |own: &Client| {
        let role = connected(own, connection, &kept.agreement.external_id, &errand);
        let look = Look::ask(&role, connection.kind, now).await;
        if let Some(line) = unnamed(&role, &errand, kept.name.as_str()) {
            context.note(line);
        }
        look
    })?;
    show::print(context, &kept, &look, asked)?;
    if connection.kind == AccountKind::Member {
        context.note(format_args!(
            "account {} is a member: it sees its own costs alone, and those only where the payer lets members use Cost Explorer",
            connection.account
        ));
    }
    let silent: Vec<_> = look.silent().into_iter().filter(|(_, silence)| silence.is_gap()).collect();
    for (question, silence) in &silent {
        context.note(format_args!("no answer: {question}: {silence}"));
    }
    if silent.is_empty() {
        return Ok(());
    }
    let hint = if silent.iter().any(|(_, silence)| matches!(silence, Silence::Budget(_))) {
        "raise --calls-max, or wait for the next month"
    } else {
        "`tenor access verify` says what the role lacks"
    };
    let questions = if silent.len() == 1 {
        "a question to Cost Explorer has".to_owned()
    } else {
        format!("{} questions to Cost Explorer have", silent.len())
    };
    Err(Refused::new(format!("{questions} no answer, so what is shown is not all")).hint(hint).into())
}
