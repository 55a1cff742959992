//! `tenor connect make`: a connection is kept, and whoever owns the account is given what makes its role.

use super::{Make, keep};
use crate::context::Context;
use crate::output;
use crate::report::Refused;
use anyhow::Context as _;
use jiff::Timestamp;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use tenor_permit::{
    AccountKind, CURRENT, Connection, ExternalId, Permit, Selection, cloudformation, markdown, parameters, quick_create_link, stack_set,
};
use tenor_state::{Agreement, Randomness as _, SystemRandomness};

/// What the template is called in the folder.
const TEMPLATE: &str = "tenor.template.json";

/// Keeps the connection and writes its files; nothing is kept when they cannot be written.
pub(super) fn run(context: &Context, args: &Make) -> anyhow::Result<()> {
    let (selection, connection) = (args.chosen.selection()?, args.named.connection()?);
    let permit = Permit::new(&selection, &connection);
    let random = SystemRandomness::new();
    let mut bits = [0; 16];
    random.fill(&mut bits)?;
    let external_id = ExternalId::from_random(bits);
    let template = cloudformation(&permit, &connection)?;
    let page = markdown(&permit, &connection)?;
    let mut state = keep::writer(context, "tenor connect make")?;
    if state.connection(&args.name)?.is_some() {
        let taken = format!("there is a connection `{}`", args.name);
        return Err(Refused::new(taken).hint("choose another name, or forget it first: tenor connect forget").into());
    }
    let agreement = Agreement { connection: connection.clone(), selection: selection.clone(), external_id, policy_version: CURRENT };
    write(&args.out, &[(TEMPLATE, &template), ("access.md", &page), ("parameters.json", &filled(&connection, &external_id))])?;
    if connection.kind == AccountKind::Payer {
        write_members(&args.out, &selection, &connection)?;
    }
    state.add_connection(&args.name, &agreement, &random, Timestamp::now())?;
    let (name, account, folder) = (&args.name, &connection.account, args.out.display());
    context.note(format_args!(
        "connection `{name}` to account {account} is made; `{folder}` has its template, parameters (the External ID among them) and reasons"
    ));
    match &args.template_url {
        Some(url) => {
            // It has the External ID in it, so it goes where the parameters are.
            let link = quick_create_link(&connection, &external_id, url, &args.stack_region);
            write_one(&args.out, "quick-create-link.txt", &format!("{link}\n"))?;
            output::print_line(&format!("open the link in {folder}/quick-create-link.txt"))?;
        }
        None => output::print_line(&format!(
            "aws cloudformation create-stack --stack-name {} --template-body file://{folder}/{TEMPLATE} --parameters file://{folder}/parameters.json --capabilities CAPABILITY_NAMED_IAM",
            connection.role.as_str().replace('_', "-"),
        ))?,
    }
    context.note(format_args!("then: tenor connect prove {name}"));
    Ok(())
}

fn write_members(folder: &Path, selection: &Selection, connection: &Connection) -> anyhow::Result<()> {
    let path = folder.join("tenor-members.template.json");
    fs::write(&path, stack_set(selection, connection)?).with_context(|| format!("cannot write `{}`", path.display()))
}

/// The template's parameters as CloudFormation reads them.
fn filled(connection: &Connection, external_id: &ExternalId) -> String {
    let values = parameters(connection).into_iter().map(|parameter| (parameter.name, parameter.value));
    let all: Vec<serde_json::Value> = values
        .chain([("ExternalId", external_id.reveal())])
        .map(|(name, value)| serde_json::json!({"ParameterKey": name, "ParameterValue": value}))
        .collect();
    format!("{:#}\n", serde_json::Value::Array(all))
}

/// Files that their owner alone may read: one of them has the External ID.
fn write(folder: &Path, files: &[(&str, &String)]) -> anyhow::Result<()> {
    let cannot = || format!("cannot write into `{}`", folder.display());
    fs::create_dir_all(folder).with_context(cannot)?;
    if fs::read_dir(folder).with_context(cannot)?.next().is_some() {
        return Err(Refused::new(format!("`{}` is not empty", folder.display())).hint("name a folder that is empty or missing").into());
    }
    files.iter().try_for_each(|(name, text)| write_one(folder, name, text))
}

fn write_one(folder: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    let cannot = || format!("cannot write into `{}`", folder.display());
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(folder.join(name)).with_context(cannot)?;
    file.write_all(text.as_bytes()).with_context(cannot)?;
    file.sync_all().with_context(cannot)
}
