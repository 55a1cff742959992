//! `tenor key`: keys that sign orders, approvals and checkpoints, and whose they are.

use crate::connect::keep;
use crate::context::Context;
use crate::output::{self, Column, Table};
use crate::report::Refused;
use clap::Subcommand;
use std::path::PathBuf;
use tenor_ledger::{PublicKey, SigningKey, Text};
use tenor_order::Role;
use tenor_state::{SystemRandomness, make_signing_key, read_signing_key};

/// The server's own key, beside the database.
const SERVER_KEY: &str = "server.key";
/// What it is enrolled as.
const SERVER: &str = "server";

/// Arguments of `tenor key`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

/// What to do with keys.
#[derive(Debug, Subcommand)]
enum What {
    /// Draw a new key into a file that its owner alone can read, and print its public half.
    Make {
        /// The file, which must not be there yet.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Say whose a key is, and what it may sign.
    Enrol {
        /// Its public half.
        #[arg(value_name = "PUBLIC", required_unless_present = "server", conflicts_with = "server")]
        key: Option<PublicKey>,
        /// The person, however many keys they have, as they are called where they log in; of a server, its name.
        #[arg(long, value_name = "PERSON", required_unless_present = "server", conflicts_with = "server")]
        name: Option<Text>,
        /// `proposer` makes orders, `approver` approves others' too, `server` signs both for who is logged in.
        #[arg(long, value_parser = role, required_unless_present = "server", conflicts_with = "server")]
        role: Option<Role>,
        /// The key of this home's own server: from here on, whom the terms name may approve when they are logged in.
        #[arg(long)]
        server: bool,
    },
    /// Take from a key what it may sign, for good.
    Revoke {
        /// Its public half.
        #[arg(value_name = "PUBLIC")]
        key: PublicKey,
        /// Why; the ledger keeps it.
        #[arg(long, value_name = "TEXT")]
        reason: Text,
    },
    /// List the keys.
    List,
}

/// Makes, enrols, revokes or lists.
pub(crate) fn run(context: &Context, args: Args) -> anyhow::Result<()> {
    let random = SystemRandomness::new();
    match args.what {
        What::Make { file } => {
            let made = make_signing_key(&file, &random)?;
            output::print_line(&made.public().to_string())?;
            context.note(format_args!("`{}` signs for its owner: keep it where nobody else reads it", file.display()));
            context.note("then: tenor key enrol PUBLIC --name PERSON --role approver");
        }
        What::Enrol { key, name, role, server: _ } => {
            let mut state = keep::writer(context, "tenor key enrol")?;
            let (key, name, role) = match key.zip(name).zip(role) {
                Some(((key, name), role)) => (key, name, role),
                None => (drawn_for_server(context)?.public(), Text::fitted(SERVER), Role::Server),
            };
            state.enrol(key, &name, role, &keep::by(context), &random)?;
            context.note(format_args!("{key} is {name}'s, as {}", role.as_str()));
        }
        What::Revoke { key, reason } => {
            keep::writer(context, "tenor key revoke")?.revoke(key, &reason, &keep::by(context), &random)?;
            context.note(format_args!("{key} signs nothing any more; approvals that it signed before count no more either"));
        }
        What::List => list(context)?,
    }
    Ok(())
}

/// Whose word it is that somebody was logged in: the server's own key. It signs nothing that counts until somebody enrols it.
///
/// # Errors
/// When there is none, or it cannot be read.
pub(crate) fn of_server(context: &Context) -> anyhow::Result<SigningKey> {
    let path = server_key(context);
    if !path.try_exists()? {
        return Err(Refused::new("the server's own key is gone: nothing is signed here")
            .hint("end the server and start it again: it draws another")
            .into());
    }
    Ok(read_signing_key(&path)?)
}

/// The same, drawn where there is none. Whoever asks for it holds the lease, so that one is drawn.
///
/// # Errors
/// When it cannot be read or made.
pub(crate) fn drawn_for_server(context: &Context) -> anyhow::Result<SigningKey> {
    let path = server_key(context);
    Ok(if path.try_exists()? { read_signing_key(&path)? } else { make_signing_key(&path, &SystemRandomness::new())? })
}

fn server_key(context: &Context) -> PathBuf {
    context.home.join("state").join(SERVER_KEY)
}

fn list(context: &Context) -> anyhow::Result<()> {
    let mut table = Table::new([
        Column::text("key", "Key"),
        Column::text("person", "Person"),
        Column::text("role", "Role"),
        Column::text("revoked", "Revoked"),
    ]);
    let book = keep::view(context)?.book()?;
    for (key, enrolled) in book.keys() {
        let revoked = enrolled.revoked.map(|at| at.to_string());
        table.row([key.to_string().into(), enrolled.person.as_str().into(), enrolled.role.as_str().into(), revoked.into()]);
    }
    Ok(context.print(&table)?)
}

fn role(text: &str) -> Result<Role, String> {
    let names = || Role::ALL.map(Role::as_str).join(", ");
    Role::named(text).ok_or_else(|| format!("it is none of {}", names()))
}
