//! `tenor prices refresh`: AWS's own price lists of today, asked for through a proved connection, become one version. Nothing of it costs anything.

use super::import;
use crate::connect::{calling, chosen, who};
use crate::context::Context;
use crate::lake;
use crate::report::Refused;
use crate::sandbox;
use anyhow::Context as _;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;
use tenor_aws::client::{Client, Download};
use tenor_aws::proof::{Purpose, connected, unnamed};
use tenor_aws::reads::pricing::{self, PriceList};
use tenor_permit::offered;
use tenor_query::replay::EligiblePlaces;
use tenor_state::ConnectionName;

/// What the calls' log is told.
const COMMAND: &str = "tenor prices refresh";
/// What the folder is called, in the home, that lists are fetched into.
const FOLDER: &str = "prices-fetched-";
/// After this long, such a folder was left by a process that was killed.
const FOLDER_AGE_MAX: Duration = Duration::from_secs(86_400);
/// No price list is larger: EC2's of the largest Region is a tenth of it.
const FILE_BYTES_MAX: u64 = 4 << 30;
/// Nor are all of them.
const ALL_BYTES_MAX: u64 = 32 << 30;
/// How AWS says that a service has no price list.
const NOT_FOUND: [&str; 2] = ["ResourceNotFoundException", "NotFoundException"];

/// Arguments of `tenor prices refresh`.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Args {
    /// The proved connection to ask through; the first one when not said.
    #[arg(value_name = "CONNECTION")]
    pub(crate) connection: Option<ConnectionName>,
    /// Prices of these Regions; of those that the lake's bills have usage in that a commitment could cover when not said.
    #[arg(long, value_name = "REGION", value_delimiter = ',')]
    pub(crate) region: Vec<String>,
    /// Prices of these services, by their codes: AmazonEC2. Of those of the bills when not said; the Savings Plans for them come with them.
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    pub(crate) service: Vec<String>,
    /// Prices as they were in force on that day; now when not said.
    #[arg(long, value_name = "DAY")]
    pub(crate) on: Option<Date>,
}

/// What is asked for.
struct Wanted {
    /// Services, and whether somebody named them: then there has to be a list.
    services: Vec<(String, bool)>,
    regions: BTreeSet<String>,
    at: Timestamp,
}

/// What came.
#[derive(Debug, Default)]
struct Fetched {
    files: u64,
    bytes: u64,
}

/// Fetches the lists, and keeps them as one version; says so where there is nothing new.
pub(crate) fn run(context: &Context, args: &Args) -> anyhow::Result<()> {
    let named: Vec<_> = args.connection.iter().cloned().collect();
    let connections = chosen(context, &named)?;
    let kept = connections.first().expect("who has none is refused");
    let connection = &kept.agreement.connection;
    if let Err(unoffered) = offered("pricing", connection.partition) {
        return Err(Refused::new(format!("`{}` has no price list to ask for", kept.name)).hint(unoffered.to_string()).into());
    }
    let wanted = Wanted::of(context, args)?;
    remove_stale(&context.home);
    let folder =
        tempfile::Builder::new().prefix(FOLDER).tempdir_in(&context.home).context("there is no folder to fetch price lists into")?;
    let errand = who::errand(context, Purpose::Prices);
    let (fetched, _) = calling(context, COMMAND, None, async |own: &Client| -> anyhow::Result<Fetched> {
        sandbox::check_time(context, own.place())?;
        let role = connected(own, connection, &kept.agreement.external_id, &errand);
        let fetched = fetch(context, &role, &wanted, &folder).await;
        if let Some(line) = unnamed(&role, &errand, kept.name.as_str()) {
            context.note(line);
        }
        fetched
    })?;
    let Fetched { files, bytes } = fetched?;
    context.note(format_args!("{files} price lists fetched through `{}`, {} MiB", kept.name, bytes.div_ceil(1 << 20)));
    import::run(context, import::Args::of(vec![folder.path().to_owned()], wanted.regions.into_iter().collect()))
}

impl Wanted {
    fn of(context: &Context, args: &Args) -> anyhow::Result<Self> {
        let has_all = !args.region.is_empty() && !args.service.is_empty();
        let billed = if has_all {
            EligiblePlaces::default()
        } else {
            context.block_on(lake::ask(context, None, async |engine| engine.eligible_places().await))?
        };
        let regions = if args.region.is_empty() { billed.regions } else { args.region.iter().cloned().collect() };
        let is_named = !args.service.is_empty();
        let services = if is_named { args.service.iter().cloned().collect() } else { billed.services };
        if regions.is_empty() || services.is_empty() {
            let none = Refused::new("no bill in the lake has usage that a commitment could cover, so whose prices to ask for is not known");
            return Err(none.hint("import a bill first, or say it: --service AmazonEC2 --region eu-west-1").into());
        }
        let plans: BTreeSet<String> = services.iter().filter_map(|service| plans_for(service)).map(str::to_owned).collect();
        let plans: Vec<_> = plans.difference(&services).map(|plan| (plan.clone(), false)).collect();
        let services = services.into_iter().map(|service| (service, is_named)).chain(plans).collect();
        let day = |on: Date| Ok::<_, jiff::Error>(on.to_zoned(TimeZone::UTC)?.timestamp());
        let at = args.on.map(day).transpose()?.unwrap_or_else(|| context.now());
        Ok(Self { services, regions, at })
    }
}

/// By which code the price list knows the Savings Plans for a service. Source: Price List API, `ListPriceLists`, `ServiceCode`.
fn plans_for(service: &str) -> Option<&'static str> {
    match service {
        plan if plan.ends_with("SavingsPlans") => None,
        "AmazonEC2" | "AmazonECS" | "AmazonEKS" | "AWSLambda" => Some("ComputeSavingsPlans"),
        "AmazonSageMaker" => Some("MachineLearningSavingsPlans"),
        _ => Some("DatabaseSavingsPlans"),
    }
}

async fn fetch(context: &Context, role: &Client, wanted: &Wanted, folder: &TempDir) -> anyhow::Result<Fetched> {
    let download = Download::new(role.place().endpoint.is_some());
    let mut fetched = Fetched::default();
    for (service, is_named) in &wanted.services {
        let lists = match pricing::price_lists(role, service, None, wanted.at).await {
            Ok(lists) => lists,
            // Asked for and answered: it is not that it could not be read.
            Err(error) if !is_named && error.code().is_some_and(|code| NOT_FOUND.contains(&code)) => Vec::new(),
            Err(error) => return Err(error).with_context(|| format!("the price lists of {service} could not be listed")),
        };
        let is_wanted = |list: &&PriceList| list.region.as_ref().is_some_and(|region| wanted.regions.contains(region));
        let lists: Vec<_> = lists.iter().filter(is_wanted).collect();
        if lists.is_empty() {
            context.note(format_args!("AWS has no price list of {service} in {}", words(&wanted.regions)));
        }
        for list in lists {
            fetch_one(&download, role, service, list, folder.path(), &mut fetched).await?;
        }
    }
    if fetched.files == 0 {
        return Err(Refused::new("AWS has no price list of any service asked for")
            .hint("`tenor prices refresh --service AmazonEC2` names one")
            .into());
    }
    Ok(fetched)
}

async fn fetch_one(
    download: &Download,
    role: &Client,
    service: &str,
    list: &PriceList,
    folder: &Path,
    fetched: &mut Fetched,
) -> anyhow::Result<()> {
    let region = list.region.as_deref().unwrap_or_default();
    let failed = || format!("the price list of {service} in {region} could not be fetched");
    let format = if list.formats.iter().any(|format| format == "json") { "json" } else { "csv" };
    let url = pricing::file_url(role, &list.arn, format).await.with_context(failed)?;
    // A name of ours: what AWS says makes no path.
    let path = folder.join(format!("{:04}-{}-{}.{format}", fetched.files + 1, plain(service), plain(region)));
    let mut file = BufWriter::new(File::create_new(&path).with_context(failed)?);
    let bytes_max = FILE_BYTES_MAX.min(ALL_BYTES_MAX.saturating_sub(fetched.bytes));
    match download.fetch(&url, bytes_max, &mut |piece| file.write_all(piece)).await {
        Ok(bytes) => fetched.bytes += bytes,
        Err(error) => {
            let hint = error.hint();
            return Err(Refused::new(format!("{}: {:#}", failed(), anyhow::Error::from(error))).hint(hint).into());
        }
    }
    file.flush().with_context(failed)?;
    fetched.files += 1;
    Ok(())
}

fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(64).collect()
}

fn words(regions: &BTreeSet<String>) -> String {
    regions.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// Removes what killed runs have left. What cannot be removed now is removed some other time.
fn remove_stale(home: &Path) {
    for entry in fs::read_dir(home).into_iter().flatten().flatten() {
        if !entry.file_name().to_string_lossy().starts_with(FOLDER) {
            continue;
        }
        let age = entry.metadata().and_then(|metadata| metadata.modified()).ok().and_then(|modified| modified.elapsed().ok());
        if age.is_some_and(|age| age > FOLDER_AGE_MAX) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
