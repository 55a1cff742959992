//! `tenor connect make`: a connection is kept, and whoever owns the account is given what makes its role.

use super::files::{self, Link, TEMPLATE};
use super::{Make, keep};
use crate::context::Context;
use crate::new_folder::NewFolder;
use crate::output;
use crate::report::Refused;
use anyhow::Context as _;
use tenor_permit::{AccountKind, CURRENT, Connection, ExternalId, Selection};
use tenor_state::{Agreement, By, ConnectionName, Randomness as _, State, SystemRandomness};

/// Keeps the connection and writes its files; nothing is kept when they cannot be written.
pub(super) fn run(context: &Context, args: &Make) -> anyhow::Result<()> {
    let (selection, connection) = (args.chosen.selection()?, args.named.connection()?);
    let random = SystemRandomness::new();
    let external_id = match &args.external_id_of {
        Some(other) => shared_with(context, other, &connection)?,
        None => fresh(&random)?,
    };
    let agreement = Agreement { connection, selection, external_id, policy_version: CURRENT };
    let mut files = files::files(&agreement)?;
    if let Some(template_url) = &args.template_url {
        files.push(files::link(&agreement, &Link { template_url, region: &args.stack_region }));
    }
    let mut state = keep::writer(context, "tenor connect make")?;
    check_free(&state, &args.name)?;
    let written = NewFolder::begin(&args.out)?;
    files::write(&written, &files)?;
    state.add_connection(&args.name, &agreement, &keep::by(context), &random)?;
    let (name, account, folder) = (&args.name, &agreement.connection.account, args.out.display().to_string());
    written.finish().with_context(|| {
        format!("connection `{name}` is made and its files are not; write them with `tenor access template {name} --out FOLDER`")
    })?;
    context.note(format_args!(
        "connection `{name}` to account {account} is made; `{folder}` has its template, parameters (the External ID among them) and reasons"
    ));
    match &args.template_url {
        Some(_) => output::print_line(&format!("open the link in {folder}/quick-create-link.txt"))?,
        None => output::print_line(&stack_command(context, "create", &agreement, &folder, &files))?,
    }
    context.note(format_args!("then: tenor connect prove {name}"));
    Ok(())
}

/// Keeps a connection without writing its files: `tenor access template` writes them, its External ID among them.
///
/// # Errors
/// When there is one of that name, IAM cannot take its policies, or another process writes to the home.
pub(crate) fn make_as(
    context: &Context,
    command: &str,
    name: &ConnectionName,
    (selection, connection): (Selection, Connection),
    by: &By,
) -> anyhow::Result<()> {
    let random = SystemRandomness::new();
    let agreement = Agreement { connection, selection, external_id: fresh(&random)?, policy_version: CURRENT };
    files::files(&agreement)?;
    let mut state = keep::writer(context, command)?;
    check_free(&state, name)?;
    Ok(state.add_connection(name, &agreement, by, &random)?)
}

fn fresh(random: &SystemRandomness) -> anyhow::Result<ExternalId> {
    let mut bits = [0; 16];
    random.fill(&mut bits)?;
    Ok(ExternalId::from_random(bits))
}

fn check_free(state: &State, name: &ConnectionName) -> anyhow::Result<()> {
    if state.connection(name)?.is_none() {
        return Ok(());
    }
    let taken = format!("there is a connection `{name}`");
    Err(Refused::new(taken).hint("choose another name, or forget it first: tenor connect forget").into())
}

/// The External ID of the payer whose StackSet makes a member's role. To anyone else's account it would be another customer's secret.
fn shared_with(context: &Context, payer: &ConnectionName, member: &Connection) -> anyhow::Result<ExternalId> {
    let other = keep::connection(context, payer)?.agreement;
    let of = &other.connection;
    let is_same = of.trusted == member.trusted && of.role == member.role && of.partition == member.partition;
    if of.kind != AccountKind::Payer || member.kind != AccountKind::Member || !is_same {
        let told = format!("a StackSet of `{payer}` does not make the role of this connection");
        return Err(Refused::new(told)
            .hint("it makes roles of --member accounts, with the payer's own --trusted, --role and --partition")
            .into());
    }
    Ok(other.external_id)
}

/// The command that makes or updates (`verb`) the role's stack of a connection's files in a folder.
pub(crate) fn stack_command(
    context: &Context,
    verb: &str,
    agreement: &Agreement,
    folder: &str,
    files: &[(&'static str, String)],
) -> String {
    let stack = agreement.connection.role.as_str().replace('_', "-");
    let template = files.iter().find(|(name, _)| *name == TEMPLATE).map(|(name, text)| (*name, text.as_str()));
    let template = template.expect("a connection's files have its template");
    let parameters = files::word(&format!("file://{folder}/parameters.json"));
    let more = format!(" --parameters {parameters} --capabilities CAPABILITY_NAMED_IAM");
    files::stack_command(context, verb, &stack, folder, template, &more)
}
