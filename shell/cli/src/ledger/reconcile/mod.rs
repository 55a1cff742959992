//! `tenor ledger reconcile`: every dollar spent has an order, every order its dollars.

mod bills;
mod ledger;
mod live;
mod show;

pub(crate) use bills::regions;

use crate::context::Context;
use crate::cost;
use crate::lake;
use crate::order::desk;
use crate::report::Refused;
use tenor_bill::BillingPeriod;
use tenor_execute::Journal as _;
use tenor_ledger::{ContentHash, Event};
use tenor_order::reconcile::{Reconciliation, Sources, Verdict, reconcile};
use tenor_permit::RegionName;
use tenor_query::cost::Bound;
use tenor_state::{ConnectionName, Document, DocumentKind};

/// Arguments of `tenor ledger reconcile`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Ask AWS too, what it lists and what CloudTrail recorded; without this the ledger is held against the bills alone.
    #[arg(long)]
    live: bool,

    /// Ask through this connection; can be said again [default: all that are proved].
    #[arg(long, value_name = "NAME", requires = "live")]
    connection: Vec<ConnectionName>,

    /// Look for reservations in these Regions, apart by commas; unless given, in those that orders and bills name and your own.
    #[arg(long, value_name = "REGIONS", value_delimiter = ',', requires = "live")]
    regions: Vec<RegionName>,

    /// First billing period compared: 2026-01. What was bought before it needs no order.
    #[arg(long, value_name = "PERIOD")]
    from: Option<Bound>,

    /// Last billing period compared.
    #[arg(long, value_name = "PERIOD")]
    to: Option<Bound>,
}

impl Args {
    /// Without any option but whether AWS is asked.
    pub(super) const fn of(live: bool) -> Self {
        Self { live, connection: Vec::new(), regions: Vec::new(), from: None, to: None }
    }
}

/// Compares, prints, records, and fails when something does not agree or could not be read.
pub(super) fn run(context: &Context, args: &Args) -> anyhow::Result<()> {
    let range = cost::range(args.from, args.to)?;
    let told = ledger::read(context)?;
    let mut billed = context.block_on(lake::ask(context, None, async |engine| bills::read(engine, &range).await))?;
    let since = told.since.map(|first| range.periods().0.map_or(first, |from| first.max(from.start())));
    let places = live::Places { steps: &told.ordered, billed: billed.regions, named: &args.regions };
    let read = if args.live { live::read(context, &args.connection, &places, since)? } else { live::Read::default() };
    bills::name_by_arn(&mut billed.bills, read.lists.as_deref().unwrap_or_default());
    let found = reconcile(&Sources {
        ordered: &told.ordered,
        lists: read.lists.as_deref(),
        trails: &read.trails,
        bills: &billed.bills,
        held_before: &told.held_before,
        since,
        periods: range.periods(),
        now: context.now(),
    });
    show::print(context, &found)?;
    tell(context, args, &found, told.since.is_none());
    record(context, &found)?;
    verdict(&found)
}

fn tell(context: &Context, args: &Args, found: &Reconciliation, is_before_orders: bool) {
    for gap in &found.gaps {
        context.note(format_args!("could not be read: {}: {}", gap.what, gap.why));
    }
    for row in found.rows.iter().filter(|row| matches!(row.verdict, Verdict::Undecided(_))) {
        let id = match (row.name.id.as_str(), row.origin.step()) {
            ("", Some(_)) => "a step without a result",
            ("", None) => "fees that name no commitment",
            (id, _) => id,
        };
        context.note(format_args!("undecided: {id}: {}", row.because().unwrap_or_default()));
    }
    if is_before_orders {
        context.note("no order was made yet: all that is held was held before");
    }
    if !args.live {
        context.note("AWS was not asked: whether it lists what was ordered, and who else bought, --live tells");
    }
}

/// Records that it was done and what came of it; each stranger's purchase once.
fn record(context: &Context, found: &Reconciliation) -> anyhow::Result<()> {
    let now = desk::now(context);
    let document = Document::new(DocumentKind::Reconciliation, found.encode(now));
    let period = found.last_final.unwrap_or_else(|| BillingPeriod::containing(now.0));
    let differences = u32::try_from(found.differences())?;
    desk::with_journal(context, "tenor ledger reconcile", desk::operator(context), |journal| {
        let mut events = found.strangers(journal.book());
        let report: ContentHash = document.hash();
        events.push(Event::Reconciled { period, report, differences });
        journal.record(now, &events, std::slice::from_ref(&document))?;
        Ok(())
    })
}

fn verdict(found: &Reconciliation) -> anyhow::Result<()> {
    if found.agrees() {
        return Ok(());
    }
    let gaps = found.gaps.iter().filter(|gap| gap.is_needed).count();
    let rows = found.differences();
    let what = match (rows, gaps) {
        (0, _) => "what AWS lists or CloudTrail recorded could not all be read".to_owned(),
        (rows, 0) => format!("{rows} of {} rows do not agree", found.rows.len()),
        (rows, _) => format!("{rows} of {} rows do not agree, and not all could be read", found.rows.len()),
    };
    Err(Refused::new(what).hint("docs/reconcile.md says what each verdict means and what to do about it").into())
}
