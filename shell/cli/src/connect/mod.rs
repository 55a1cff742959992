//! `tenor connect`: makes a connection to an account, hands out its template, and proves it.

pub(crate) mod calling;
mod chosen;
pub(crate) mod files;
pub(crate) mod keep;
mod look;
mod make;
mod prove;
pub(crate) mod who;

pub(crate) use calling::{add_spent, calling, log_path, open_log};
pub(crate) use chosen::chosen;
pub(crate) use make::{make_as, stack_command as role_stack};
pub(crate) use prove::{Asked, prove_as, verify};

use crate::access::names::{Chosen, Named};
use crate::context::Context;
use crate::output::{Column, Table};
use clap::Subcommand;
use std::path::PathBuf;
use tenor_state::{ConnectionName, SystemRandomness};

/// Arguments of `tenor connect`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

/// What to do with connections.
#[derive(Debug, Subcommand)]
enum What {
    /// Make a connection with an External ID of its own, and write the template that makes its role.
    Make(Box<Make>),
    /// Assume the role with the right External ID, a wrong one and none, and try what it may do. What fails is not used.
    Prove(Asked),
    /// Look into the account's Cost Explorer for a first report, until bills have history; says what that cost.
    Look(look::Args),
    /// List the connections.
    List,
    /// Forget a connection. Its role stays in the account until somebody deletes the stack.
    Forget {
        /// Which.
        #[arg(value_name = "NAME")]
        name: ConnectionName,
    },
}

/// Arguments of `tenor connect make`.
#[derive(Debug, clap::Args)]
struct Make {
    /// What to call it: lower case letters, digits and hyphens.
    #[arg(value_name = "NAME")]
    name: ConnectionName,

    #[command(flatten)]
    chosen: Chosen,

    #[command(flatten)]
    named: Named,

    /// Write the template and its parameters into this folder, which must be empty or missing.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,

    /// Take another connection's External ID instead of a new one: for member accounts whose roles one StackSet makes, which has one for all.
    #[arg(long, value_name = "CONNECTION")]
    external_id_of: Option<ConnectionName>,

    /// Where the template will lie on S3: a link that opens AWS's console with all of it filled in is written into the folder.
    #[arg(long, value_name = "URL")]
    template_url: Option<String>,

    /// The Region that the link opens, in which the stack is made.
    #[arg(long, value_name = "REGION", default_value = "us-east-1")]
    stack_region: tenor_permit::RegionName,
}

/// Makes, proves, lists or forgets.
pub(crate) fn run(context: &Context, args: Args) -> anyhow::Result<()> {
    match args.what {
        What::Make(args) => make::run(context, &args),
        What::Prove(args) => prove::run(context, &args),
        What::Look(args) => look::run(context, &args),
        What::List => list(context),
        What::Forget { name } => {
            keep::writer(context, "tenor connect forget")?.remove_connection(&name, &keep::by(context), &SystemRandomness::new())?;
            context.note(format_args!("`{name}` is forgotten; delete its stack in the account too"));
            Ok(())
        }
    }
}

fn list(context: &Context) -> anyhow::Result<()> {
    let mut table = Table::new([
        Column::text("name", "Name"),
        Column::text("account", "Account"),
        Column::text("kind", "Kind"),
        Column::text("partition", "Partition"),
        Column::text("role", "Role"),
        Column::number("policy_version", "Policy version"),
        Column::text("verified", "Verified"),
    ]);
    for kept in keep::connections(context)? {
        let connection = &kept.agreement.connection;
        table.row([
            kept.name.as_str().into(),
            connection.account.as_str().into(),
            if connection.kind == tenor_permit::AccountKind::Payer { "payer" } else { "member" }.into(),
            connection.partition.as_str().into(),
            connection.role.as_str().into(),
            crate::output::Cell::Count(u64::from(kept.agreement.policy_version)),
            kept.verified.as_ref().map(|verified| verified.at.to_string()).into(),
        ]);
    }
    Ok(context.print(&table)?)
}
