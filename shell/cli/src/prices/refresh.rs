//! `tenor prices refresh`: AWS's own price lists of today, asked for through a proved connection, become one version. Nothing of it costs anything.

use super::folder::{Folder, check_room};
use super::{import, less};
use crate::connect::{calling, chosen, who};
use crate::context::Context;
use crate::lake;
use crate::output::{self, Format};
use crate::report::Refused;
use crate::sandbox;
use anyhow::Context as _;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::collections::BTreeSet;
use std::fmt;
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;
use tenor_aws::client::{Client, Download};
use tenor_aws::proof::{Purpose, connected, unnamed};
use tenor_aws::reads::pricing::{self, PriceList};
use tenor_cover::PlanKind;
use tenor_permit::offered;
use tenor_price::{PriceBook, Source};
use tenor_price_list::{Options, Store};
use tenor_query::replay::EligiblePlaces;
use tenor_state::ConnectionName;

/// What the calls' log is told.
const COMMAND: &str = "tenor prices refresh";
/// No price list is larger: EC2's of the largest Region is a tenth of it.
const FILE_BYTES_MAX: u64 = 4 << 30;
/// Nor are all of them.
const ALL_BYTES_MAX: u64 = 8 << 30;
/// After so much it is looked again whether there is room.
const LOOK_BYTES: usize = 64 << 20;
/// The Savings Plans for databases and caches, which are asked for whatever other service is used: there may be none for it.
const GUESSED: &str = "DatabaseSavingsPlans";
/// How AWS says that a service has no price list.
const NOT_FOUND: [&str; 2] = ["ResourceNotFoundException", "NotFoundException"];
/// How AWS says that it knows no such service.
const NO_SUCH: &str = "InvalidParameterException";

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
    /// Services, each with why it is asked for.
    services: Vec<(String, Why)>,
    regions: BTreeSet<String>,
    at: Timestamp,
}

/// Why a service's lists are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    /// Somebody named it: there has to be a list.
    Named,
    /// The bills have usage of it.
    Billed,
    /// It is the Savings Plans for one that is asked for.
    Plans,
    /// There may be such Savings Plans.
    Guessed,
}

/// Regions in which AWS names no list of a service.
#[derive(Debug)]
struct Gap {
    service: String,
    why: Why,
    regions: BTreeSet<String>,
    /// What AWS said instead, where it was more than that there is none.
    said: Option<String>,
}

/// What came.
#[derive(Debug, Default)]
struct Fetched {
    files: u64,
    bytes: u64,
    gaps: Vec<Gap>,
}

/// Of which service and Region the prices in use have prices, Savings Plans by the code of their price list; without what is only simulated.
#[derive(Debug, Default)]
struct Held<'a>(BTreeSet<(&'a str, &'a str)>);

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
    // The prices in use: of versions of one day of which none is known to be the last, any.
    let store = Store::new(context.prices());
    let before = store.list()?.last().map(|held| store.read(held.version)).transpose()?;
    let used = before.as_ref().map(PriceBook::version);
    let held = before.as_ref().map(Held::of).unwrap_or_default();
    let folder = Folder::make(&context.home)?;
    let errand = who::errand(context, Purpose::Prices);
    let (fetched, _) = calling(context, COMMAND, None, async |own: &Client| -> anyhow::Result<Fetched> {
        sandbox::check_time(context, own.place())?;
        let role = connected(own, connection, &kept.agreement.external_id, &errand);
        let fetched = fetch(context, &role, &wanted, &held, folder.path()).await;
        if let Some(line) = unnamed(&role, &errand, kept.name.as_str()) {
            context.note(line);
        }
        fetched
    })?;
    drop(held);
    let Fetched { files, bytes, gaps } = fetched?;
    context.note(format_args!("{files} price lists fetched through `{}`, {} MiB", kept.name, bytes.div_ceil(1 << 20)));
    let options = Options { regions: wanted.regions.clone(), ..Options::default() };
    let mut imported = tenor_price_list::import(&[folder.path().to_owned()], &options)?;
    if let Some(before) = before {
        // Of a day before, they are beside those in use and not in their place.
        if args.on.is_none() || before.listed().date <= imported.book.listed().date {
            less::check(&before, &imported.book)?;
        }
        if args.on.is_none() {
            imported.book = in_use(imported.book, before, wanted.at.to_zoned(TimeZone::UTC).date());
        }
    }
    // All of this took its time: it holds for the prices that were in use before.
    let is_new = store.keep_after(&imported.book, used)?;
    import::tell(context, &imported, is_new)?;
    for gap in gaps {
        // What a job prints is in its history; a table alone has room for it.
        match context.format {
            Format::Table => output::print_line(&gap.to_string())?,
            _ => context.note(gap),
        }
    }
    Ok(())
}

/// What was fetched, so that it is what is used from now on: of a later day than what was, or of the same and kept last. A book's own day is that of its
/// youngest list, which need not be the one that moved. The same prices as before are those from before.
fn in_use(fetched: PriceBook, before: PriceBook, today: Date) -> PriceBook {
    let day = before.listed().date;
    if before.lists_the_same(&fetched) {
        before
    } else if day < fetched.listed().date {
        fetched
    } else {
        fetched.dated(today.max(day))
    }
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
        let why = |plan: &str| if plan == GUESSED { Why::Guessed } else { Why::Plans };
        let plans: Vec<_> = plans.difference(&services).map(|plan| (plan.clone(), why(plan))).collect();
        let why = if is_named { Why::Named } else { Why::Billed };
        let services = services.into_iter().map(|service| (service, why)).chain(plans).collect();
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
        _ => Some(GUESSED),
    }
}

impl Why {
    /// Whether it may be that there is no list, where AWS says this. What could not be asked is not what there is not.
    fn may_lack(self, code: Option<&str>) -> bool {
        match self {
            Self::Named => false,
            Self::Billed | Self::Plans => code.is_some_and(|code| NOT_FOUND.contains(&code)),
            Self::Guessed => code.is_some_and(|code| NOT_FOUND.contains(&code) || code == NO_SUCH),
        }
    }
}

impl<'a> Held<'a> {
    fn of(book: &'a PriceBook) -> Self {
        let listed = book.listed();
        let priced = listed.skus.iter().filter(|sku| {
            let is_listed = sku.on_demand.is_some_and(|rate| rate.source != Source::Simulated);
            is_listed || !sku.reserved.is_empty()
        });
        let mut held: BTreeSet<_> = priced.map(|sku| (sku.key.service(), sku.key.region())).collect();
        for (offer, rates) in &listed.plans {
            let code = match offer.kind {
                PlanKind::Ec2Instance | PlanKind::Compute => "ComputeSavingsPlans",
                PlanKind::SageMaker => "MachineLearningSavingsPlans",
                PlanKind::Database => GUESSED,
            };
            let rates = rates.iter().filter(|(_, rate)| rate.source != Source::Simulated);
            held.extend(rates.map(|(place, _)| (code, listed.skus[*place as usize].key.region())));
        }
        Self(held)
    }

    /// Refuses to go on without lists that somebody named, or without which there were less prices than are in use.
    fn check(&self, gaps: &[Gap]) -> Result<(), Refused> {
        for gap in gaps {
            if gap.why == Why::Named {
                return Err(
                    Refused::new(gap.to_string()).hint("name only Regions that have one, with --region (`regions` in schedule.toml)")
                );
            }
            let lost: BTreeSet<_> =
                gap.regions.iter().filter(|region| self.0.contains(&(gap.service.as_str(), region.as_str()))).cloned().collect();
            if !lost.is_empty() {
                let gap = format!("{gap}; the prices in use have prices of it in {}, and stay in use", words(&lost));
                return Err(Refused::new(gap).hint("ask again; to do without them bring in what to use: tenor prices import FILE..."));
            }
        }
        Ok(())
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AWS has no price list of {} in {}", self.service, words(&self.regions))?;
        self.said.iter().try_for_each(|said| write!(f, ": {said}"))
    }
}

/// Lists that are wanted, each with its service, and those that there are not.
async fn lists(role: &Client, wanted: &Wanted) -> anyhow::Result<(Vec<(String, PriceList)>, Vec<Gap>)> {
    let (mut found, mut gaps) = (Vec::new(), Vec::new());
    for (service, why) in &wanted.services {
        let mut said = None;
        let lists = match pricing::price_lists(role, service, None, wanted.at).await {
            Ok(lists) => lists,
            // Asked for and answered: it is not that it could not be read.
            Err(error) if why.may_lack(error.code()) => {
                let is_known = error.code().is_some_and(|code| NOT_FOUND.contains(&code));
                said = (!is_known).then(|| error.to_string());
                Vec::new()
            }
            Err(error) => return Err(error).with_context(|| format!("the price lists of {service} could not be listed")),
        };
        let mut regions = wanted.regions.clone();
        for list in lists {
            let Some(region) = list.region.as_ref().filter(|region| wanted.regions.contains(*region)) else { continue };
            regions.remove(region);
            found.push((service.clone(), list));
        }
        if !regions.is_empty() {
            gaps.push(Gap { service: service.clone(), why: *why, regions, said });
        }
    }
    Ok((found, gaps))
}

async fn fetch(context: &Context, role: &Client, wanted: &Wanted, held: &Held<'_>, folder: &Path) -> anyhow::Result<Fetched> {
    let (lists, gaps) = lists(role, wanted).await?;
    if lists.is_empty() {
        return Err(Refused::new("AWS has no price list of any service asked for")
            .hint("`tenor prices refresh --service AmazonEC2` names one")
            .into());
    }
    held.check(&gaps)?;
    let place = role.place();
    let download = Download::new(place.endpoints.get("pricing").or(place.endpoint.as_ref()).map(String::as_str));
    let mut fetched = Fetched { gaps, ..Fetched::default() };
    for (service, list) in &lists {
        fetch_one(context, &download, role, (service.as_str(), list), folder, &mut fetched).await?;
    }
    Ok(fetched)
}

/// Fetches a list; a second time, under a new address, where the first did not bring all of it.
async fn fetch_one(
    context: &Context,
    download: &Download,
    role: &Client,
    (service, list): (&str, &PriceList),
    folder: &Path,
    fetched: &mut Fetched,
) -> anyhow::Result<()> {
    let region = list.region.as_deref().unwrap_or_default();
    let failed = || format!("the price list of {service} in {region} could not be fetched");
    let format = if list.formats.iter().any(|format| format == "json") { "json" } else { "csv" };
    // A name of ours: what AWS says makes no path.
    let path = folder.join(format!("{:04}-{}-{}.{format}", fetched.files + 1, plain(service), plain(region)));
    let bytes_max = FILE_BYTES_MAX.min(ALL_BYTES_MAX.saturating_sub(fetched.bytes));
    let mut is_again = false;
    loop {
        let url = pricing::file_url(role, &list.arn, format).await.with_context(failed)?;
        check_room(folder).with_context(failed)?;
        let mut file = BufWriter::new(File::create(&path).with_context(failed)?);
        let mut bytes_unlooked = 0;
        let mut take = |piece: &[u8]| -> io::Result<()> {
            bytes_unlooked += piece.len();
            if bytes_unlooked > LOOK_BYTES {
                bytes_unlooked = 0;
                check_room(folder)?;
            }
            file.write_all(piece)
        };
        let came = download.fetch(&url, bytes_max, &mut take).await;
        match came {
            Ok(bytes) => {
                file.flush().with_context(failed)?;
                fetched.bytes += bytes;
                fetched.files += 1;
                return Ok(());
            }
            Err(error) if error.may_pass() && !is_again => {
                context.note(format_args!("{}, and is asked for again: {:#}", failed(), anyhow::Error::from(error)));
                is_again = true;
            }
            Err(error) => {
                let hint = error.hint();
                return Err(Refused::new(format!("{}: {:#}", failed(), anyhow::Error::from(error))).hint(hint).into());
            }
        }
    }
}

fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(64).collect()
}

fn words(regions: &BTreeSet<String>) -> String {
    regions.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::{Gap, Held, Why, in_use};
    use std::fs;
    use tenor_price::PriceBook;
    use tenor_price_list::{Options, Store, import};

    const HEADER: &str = "offering,term,payment_option,family,region,service,usage_type,operation,rate,usage_region,source";

    fn book(rows: &[&str], day: &str) -> PriceBook {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("prices.csv");
        fs::write(&path, format!("{HEADER}\n{}\n", rows.join("\n"))).unwrap();
        import(&[path], &Options { date: Some(day.parse().unwrap()), ..Options::default() }).unwrap().book
    }

    fn on_demand(rate: &str) -> String {
        format!("OnDemand,,,,us-east-1,AmazonEC2,BoxUsage:m5.large,RunInstances,{rate},,")
    }

    #[test]
    fn what_is_fetched_is_used_though_the_youngest_list_did_not_move() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::new(home.path());
        let mut told = Vec::new();
        // The last list but one is dropped, so that the youngest of those that are left is older; then the first prices come back.
        let fetches = [
            ("0.1", "2026-01-05", "2026-01-06"),
            ("0.1", "2026-01-05", "2026-01-07"),
            ("0.2", "2026-01-05", "2026-01-08"),
            ("0.3", "2025-12-01", "2026-01-08"),
            ("0.3", "2025-12-01", "2026-01-09"),
            ("0.1", "2026-01-05", "2026-01-09"),
        ];
        for (rate, published, today) in fetches {
            let mut fetched = book(&[&on_demand(rate)], published);
            if let Some(before) = store.list().unwrap().last() {
                fetched = in_use(fetched, store.read(before.version).unwrap(), today.parse().unwrap());
            }
            let is_new = store.keep(&fetched).unwrap();
            let used = store.read(store.find(None).unwrap()).unwrap();
            assert_eq!(used, fetched);
            let rate = used.listed().skus[0].on_demand.unwrap().price;
            told.push(format!("{rate} of {} {}", used.listed().date, if is_new { "new" } else { "unchanged" }));
        }
        insta::assert_snapshot!(told.join("\n"), @"
        0.1 of 2026-01-05 new
        0.1 of 2026-01-05 unchanged
        0.2 of 2026-01-08 new
        0.3 of 2026-01-08 new
        0.3 of 2026-01-08 unchanged
        0.1 of 2026-01-09 new
        ");
    }

    #[test]
    fn a_list_that_lacks_is_refused_where_it_was_named_or_its_prices_are_in_use() {
        let rows = [
            on_demand("0.1"),
            "ComputeSavingsPlans,1yr,No Upfront,,,AmazonEC2,BoxUsage:m5.large,RunInstances,0.07,us-east-1,".to_owned(),
            "OnDemand,,,,eu-west-1,AmazonEC2,BoxUsage:m5.large,RunInstances,0.1,,".to_owned(),
            "ComputeSavingsPlans,1yr,No Upfront,,,AmazonEC2,BoxUsage:m5.large,RunInstances,0.07,eu-west-1,simulated".to_owned(),
        ];
        let book = book(&rows.each_ref().map(String::as_str), "2026-01-05");
        let held = Held::of(&book);
        let told = |service: &str, why, region: &str| {
            let gap = Gap { service: service.to_owned(), why, regions: [region.to_owned()].into(), said: None };
            match held.check(&[gap]) {
                Ok(()) => "goes on".to_owned(),
                Err(refused) => refused.to_string(),
            }
        };
        let all = [
            told("AmazonEC2", Why::Billed, "us-east-1"),
            told("AmazonEC2", Why::Billed, "ap-south-1"),
            told("AmazonEC2", Why::Named, "ap-south-1"),
            told("ComputeSavingsPlans", Why::Plans, "us-east-1"),
            told("ComputeSavingsPlans", Why::Plans, "eu-west-1"),
            told("DatabaseSavingsPlans", Why::Guessed, "us-east-1"),
        ];
        insta::assert_snapshot!(all.join("\n"), @"
        AWS has no price list of AmazonEC2 in us-east-1; the prices in use have prices of it in us-east-1, and stay in use
        goes on
        AWS has no price list of AmazonEC2 in ap-south-1
        AWS has no price list of ComputeSavingsPlans in us-east-1; the prices in use have prices of it in us-east-1, and stay in use
        goes on
        goes on
        ");
    }

    #[test]
    fn what_could_not_be_asked_is_not_what_there_is_not() {
        let lacks = [Some("ResourceNotFoundException"), Some("NotFoundException"), Some("InvalidParameterException")];
        let fails = [Some("ThrottlingException"), Some("AccessDeniedException"), Some("InternalErrorException"), None];
        let told = [Why::Named, Why::Billed, Why::Plans, Why::Guessed].map(|why| lacks.map(|code| why.may_lack(code)));
        assert_eq!(told, [[false; 3], [true, true, false], [true, true, false], [true; 3]]);
        for why in [Why::Named, Why::Billed, Why::Plans, Why::Guessed] {
            assert_eq!(fails.map(|code| why.may_lack(code)), [false; 4], "{why:?}");
        }
    }
}
