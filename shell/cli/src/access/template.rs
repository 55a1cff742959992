//! `tenor access template`: a connection's template once more, or one that makes a report in the owner's account.

use super::names::partition;
use crate::args::AnyFormat;
use crate::connect::{files, keep, role_stack};
use crate::context::Context;
use crate::new_folder::NewFolder;
use crate::output;
use crate::report::Refused;
use std::path::{Path, PathBuf};
use tenor_permit::{
    BucketName, Export, ExportError, ExportName, KeyPrefix, Partition, Permit, PolicyError, cloudformation, markdown, stack_set, terraform,
};
use tenor_serve::TemplateFormat;
use tenor_state::{Agreement, ConnectionName};

/// What the help says below the arguments.
const NOTES: &str = "Formats: `cloudformation` (the default), `terraform` (a module), and of a role `stackset` (a template for the members of an organization). With --out, a \
    connection's `cloudformation` comes with its parameters, the External ID among them. An export is made in us-east-1, with a closed and encrypted bucket that only AWS's billing services may write \
    to, for this account; no permission of Tenor's is needed for it.";

/// Arguments of `tenor access template`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = NOTES)]
pub(crate) struct Args {
    /// The connection; not needed for an export whose bucket is named.
    #[arg(value_name = "NAME", required_unless_present = "report_bucket")]
    name: Option<ConnectionName>,

    /// Write what makes the report bucket and an hourly CUR 2.0 export into it, instead of the role.
    #[arg(long)]
    export: bool,

    /// The bucket to make; the connection's unless given.
    #[arg(long, value_name = "BUCKET", requires = "export", conflicts_with = "name")]
    report_bucket: Option<BucketName>,

    /// The folder in it.
    #[arg(long, value_name = "PREFIX", default_value = "cur/", requires = "report_bucket")]
    report_prefix: KeyPrefix,

    /// Where the account is: aws, aws-us-gov, aws-cn.
    #[arg(long, value_name = "PARTITION", default_value = "aws", value_parser = partition, requires = "report_bucket")]
    partition: Partition,

    /// What to call the export; it begins with `tenor-`.
    #[arg(long, value_name = "NAME", default_value = "tenor-cur2", requires = "export")]
    export_name: ExportName,

    /// Have the export split the cost of instances among the containers on them, which makes it longer.
    #[arg(long, requires = "export")]
    split_costs: bool,

    /// Write into this folder, which must be empty or missing, instead of to stdout.
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

/// Writes the template or the module.
pub(crate) fn run(context: &Context, args: &Args, format: Option<AnyFormat>) -> anyhow::Result<()> {
    if args.export { export(context, args, format) } else { role(context, args, format) }
}

/// What makes a connection's role, as `connect make` wrote it first.
fn role(context: &Context, args: &Args, format: Option<AnyFormat>) -> anyhow::Result<()> {
    let name = args.name.as_ref().expect("it is required without an export");
    let agreement = keep::connection(context, name)?.agreement;
    let format = match format {
        None | Some(AnyFormat::Cloudformation) => TemplateFormat::Cloudformation,
        Some(AnyFormat::Stackset) => TemplateFormat::Stackset,
        Some(AnyFormat::Terraform) => TemplateFormat::Terraform,
        Some(_) => return Err(Refused::bad_usage("a role's template is written as cloudformation, stackset or terraform").into()),
    };
    if let (TemplateFormat::Cloudformation, Some(folder)) = (format, &args.out) {
        let files = files::files(&agreement)?;
        write(context, folder, &files)?;
        return Ok(output::print_line(&role_stack(context, "update", &agreement, &folder.display().to_string(), &files))?);
    }
    let files = rendered(&agreement, format)?;
    match &args.out {
        Some(folder) => write(context, folder, &files),
        None => print(files),
    }
}

/// What makes a connection's role, or says why; none of it has the External ID.
///
/// # Errors
/// When IAM cannot take its policies.
pub(crate) fn rendered(agreement: &Agreement, format: TemplateFormat) -> Result<Vec<(&'static str, String)>, PolicyError> {
    let (selection, connection) = (&agreement.selection, &agreement.connection);
    let permit = Permit::new(selection, connection);
    Ok(match format {
        TemplateFormat::Cloudformation => vec![(files::TEMPLATE, cloudformation(&permit, connection)?)],
        TemplateFormat::Stackset => vec![("tenor-members.template.json", stack_set(selection, connection)?)],
        TemplateFormat::Terraform => terraform(&permit, connection)?.into_iter().map(|file| (file.name, file.text)).collect(),
        TemplateFormat::Markdown => vec![("access.md", markdown(&permit, connection)?)],
    })
}

/// One text of files; several are told apart by their names.
pub(crate) fn joined(files: Vec<(&'static str, String)>) -> String {
    let several = files.len() > 1;
    let text = |(name, text): (&str, String)| if several { format!("# {name}\n{text}\n") } else { text };
    files.into_iter().map(text).collect()
}

fn export(context: &Context, args: &Args, format: Option<AnyFormat>) -> anyhow::Result<()> {
    let export = match (&args.report_bucket, &args.name) {
        (Some(bucket), _) => {
            Export::new(args.partition, bucket.clone(), args.report_prefix.clone(), args.export_name.clone(), args.split_costs)
        }
        (None, name) => {
            let name = name.as_ref().expect("it is required without a bucket");
            Export::of(&keep::connection(context, name)?.agreement.connection, args.export_name.clone(), args.split_costs)
        }
    };
    let export = export.map_err(|error| {
        let hint = hint(&error);
        Refused::new(error.to_string()).hint(hint)
    })?;
    let template = "tenor-export.template.json";
    let files: Vec<(&'static str, String)> = match format {
        None | Some(AnyFormat::Cloudformation) => vec![(template, export.cloudformation())],
        Some(AnyFormat::Terraform) => export.terraform().into_iter().map(|file| (file.name, file.text)).collect(),
        Some(_) => return Err(Refused::bad_usage("an export is written as cloudformation or terraform").into()),
    };
    let Some(folder) = &args.out else { return print(files) };
    write(context, folder, &files)?;
    if let [(name, text)] = files.as_slice() {
        let (folder, region) = (folder.display().to_string(), format!(" --region {}", export.region()));
        output::print_line(&files::stack_command(context, "create", "tenor-export", &folder, (name, text), &region))?;
    }
    context
        .note("the first delivery can take a day; `tenor import` reads it then, and AWS fills in older months on request to its support");
    Ok(())
}

const fn hint(error: &ExportError) -> &'static str {
    match error {
        ExportError::Name(_) => "name it with --export-name",
        ExportError::NoPrefix => "name a folder with --report-prefix, in the connection too, so that the role may read it",
        ExportError::NoReport => "name a bucket with --report-bucket, or make the connection with one",
        ExportError::AnothersBucket { .. } => {
            "make the export from that account's side, or name a bucket of this account's with --report-bucket"
        }
        ExportError::NotOffered(_) => "use a legacy report there (AWS's console, Billing, Cost and Usage Reports)",
    }
}

fn write(context: &Context, place: &Path, files: &[(&'static str, String)]) -> anyhow::Result<()> {
    let folder = NewFolder::begin(place)?;
    files::write(&folder, files)?;
    folder.finish()?;
    for (name, _) in files {
        context.note(format_args!("wrote `{}`", place.join(name).display()));
    }
    Ok(())
}

fn print(files: Vec<(&'static str, String)>) -> anyhow::Result<()> {
    Ok(output::print_line(joined(files).trim_end())?)
}
