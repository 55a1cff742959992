//! `tenor access policy`: the policies of some tiers, in the form that whoever makes the role wants.

use super::names::{Chosen, Named};
use crate::args::AnyFormat;
use crate::context::Context;
use crate::new_folder::NewFolder;
use crate::output;
use crate::report::Refused;
use anyhow::Context as _;
use std::fs;
use std::path::{Path, PathBuf};
use tenor_permit::{ExternalId, Permit, PolicyError, cloudformation, documents, iam_json, markdown, stack_set, terraform};

/// What the help says below the arguments.
const NOTES: &str = "Formats: `iam-json` (trust policy and documents), `cloudformation` (a template for the account), `stackset` (a template for the members of an \
    organization), `terraform` (a module), `markdown` (every action with its reason). Templates and module take the External ID as a parameter; `iam-json` has \
    it in the trust policy, so it wants --external-id-file.";

/// Arguments of `tenor access policy`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = NOTES)]
pub(crate) struct Args {
    #[command(flatten)]
    chosen: Chosen,

    #[command(flatten)]
    named: Named,

    /// File that holds the connection's External ID: 32 hexadecimal digits. It is not taken from the command line, where others could read it.
    #[arg(long, value_name = "FILE")]
    external_id_file: Option<PathBuf>,

    /// Write into this folder, which must be empty or missing, instead of to stdout.
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

/// Writes the policies; what the account cannot have is told on stderr.
pub(crate) fn run(context: &Context, args: &Args, format: Option<AnyFormat>) -> anyhow::Result<()> {
    let (selection, connection) = (args.chosen.selection()?, args.named.connection()?);
    let permit = Permit::new(&selection, &connection);
    if permit.permitted().is_empty() {
        let nothing = Refused::bad_usage("nothing of what was chosen needs any permission in this account");
        return Err(nothing.hint("choose a tier with --tier; `tenor access explain` lists what each has").into());
    }
    let one = |name: &str, text: Result<String, PolicyError>| Ok::<_, anyhow::Error>(vec![(name.to_owned(), text?)]);
    let files = match format {
        None | Some(AnyFormat::Markdown) => one("access.md", markdown(&permit, &connection))?,
        Some(AnyFormat::Cloudformation) => one("tenor.template.json", cloudformation(&permit, &connection))?,
        Some(AnyFormat::Stackset) => one("tenor-members.template.json", stack_set(&selection, &connection))?,
        Some(AnyFormat::Terraform) => terraform(&permit, &connection)?.into_iter().map(|file| (file.name.to_owned(), file.text)).collect(),
        Some(AnyFormat::IamJson) => match &args.external_id_file {
            Some(path) => one("tenor.json", iam_json(&permit, &connection, &external_id(path)?))?,
            None if args.out.is_some() => {
                documents(&permit, &connection)?.iter().map(|one| (format!("{}.json", one.name()), one.to_json(&connection))).collect()
            }
            None => {
                let missing = "`iam-json` has a trust policy, and that has the connection's External ID";
                return Err(Refused::bad_usage(missing)
                    .hint("name its file with --external-id-file; or write the documents alone with --out FOLDER")
                    .into());
            }
        },
        Some(AnyFormat::Table | AnyFormat::Json | AnyFormat::Csv | AnyFormat::Parquet) => {
            return Err(Refused::bad_usage("policies are written as iam-json, cloudformation, stackset, terraform or markdown").into());
        }
    };
    for withheld in permit.withheld() {
        let operation = withheld.operation.map(|operation| format!(" ({operation})")).unwrap_or_default();
        context.note(format_args!("left out: {}{operation}: {}", withheld.capability, withheld.why));
    }
    match &args.out {
        Some(folder) => write(context, folder, &files),
        None => Ok(output::print_line(joined(files).trim_end())?),
    }
}

/// One text; several files are told apart by their names.
fn joined(files: Vec<(String, String)>) -> String {
    let several = files.len() > 1;
    let text = |(name, text): (String, String)| if several { format!("# {name}\n{text}\n") } else { text };
    files.into_iter().map(text).collect()
}

fn write(context: &Context, place: &Path, files: &[(String, String)]) -> anyhow::Result<()> {
    let folder = NewFolder::begin(place)?;
    files.iter().try_for_each(|(name, text)| folder.write(name, text))?;
    folder.finish()?;
    for (name, _) in files {
        context.note(format_args!("wrote `{}`", place.join(name).display()));
    }
    Ok(())
}

/// The External ID that a file holds; what it holds is never repeated.
fn external_id(path: &PathBuf) -> anyhow::Result<ExternalId> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    text.trim().parse().with_context(|| format!("`{}` holds no External ID", path.display()))
}
