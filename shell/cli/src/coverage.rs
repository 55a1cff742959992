//! `tenor coverage`: how much of what commitments could cover they do cover, and what that saves.

use crate::commitments::UnusedToWord;
use crate::context::Context;
use crate::cost::{self, GranularityWord};
use crate::lake;
use crate::output::{Cell, Column, Format, Table};
use tenor_cover::inventory::Coverage;
use tenor_money::Quantity;
use tenor_query::commitments::{Answer, CoverageQuestion, Included};
use tenor_query::cost::{Bound, Granularity, Grouping, Time};

/// Arguments of `tenor coverage`.
///
/// Every figure is defined in docs/metrics.md.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to tell apart, separated by commas: family, service, region, account, instance-type, or whatever else `tenor cost` knows.
    #[arg(long, value_delimiter = ',', value_name = "GROUPING")]
    by: Vec<Grouping>,

    /// How finely to tell time apart, in UTC.
    #[arg(long, value_enum, default_value_t = GranularityWord::Total)]
    granularity: GranularityWord,

    /// First time counted: a period (2018-10), a day (2018-10-31) or an hour (2018-10-31T23Z).
    #[arg(long, value_name = "TIME")]
    from: Option<Bound>,

    /// Last time counted, included whole.
    #[arg(long, value_name = "TIME")]
    to: Option<Bound>,

    /// Whether savings include Spot. Coverage never does: nothing covers it.
    #[arg(long, value_enum, default_value_t = IncludedWord::Exclude)]
    spot: IncludedWord,

    /// Whether costs are after private discounts, which savings then include.
    #[arg(long, value_enum, default_value_t = IncludedWord::Include)]
    discounts: IncludedWord,

    /// Who is charged for what is unused of a commitment: the account that bought it, or those that used the rest of it, in proportion.
    #[arg(long, value_enum, default_value_t = UnusedToWord::Owner)]
    unused_to: UnusedToWord,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum IncludedWord {
    Include,
    Exclude,
}

impl IncludedWord {
    fn word(self) -> &'static str {
        if self == Self::Include { "include" } else { "exclude" }
    }
}

/// What the savings rate is of.
struct Scope {
    spot: IncludedWord,
    discounts: IncludedWord,
}

/// The columns after those of time and groupings.
const FIGURES: [&str; 14] = [
    "eligible_list_cost",
    "covered_list_cost",
    "coverage",
    "eligible_hours",
    "covered_hours",
    "coverage_of_hours",
    "commitment_cost",
    "unused_cost",
    "utilization",
    "on_demand_cost",
    "savings",
    "effective_savings_rate",
    "spot",
    "discounts",
];

/// Answers a question about coverage.
pub(crate) fn run(context: &Context, args: Args) -> anyhow::Result<()> {
    let range = cost::range(args.from, args.to)?;
    let granularity = args.granularity.into();
    cost::refuse_twice(args.by.iter().map(Grouping::name).chain(cost::time_key(granularity)).chain(FIGURES))?;
    let discounts = if args.discounts == IncludedWord::Include { Included::Include } else { Included::Exclude };
    let question = CoverageQuestion { by: args.by, granularity, range, discounts, unused_to: args.unused_to.into() };
    let answer = context.block_on(lake::ask(context, None, async |engine| engine.coverage(&question).await))?;
    let scope = Scope { spot: args.spot, discounts: args.discounts };
    tell(context, &answer, &scope);
    context.print(&table(&question, answer, &scope, context.format))?;
    Ok(())
}

/// Says on stderr what an answer leaves out.
fn tell(context: &Context, answer: &Answer, scope: &Scope) {
    let currency = answer.currency.as_deref().unwrap_or_default();
    if answer.charges == 0 {
        context.note("no charge is of usage that a commitment could cover");
    }
    if let Some((charges, cost)) = answer.straddling {
        context.note(format_args!("not counted: {charges} charges that lie only partly in that time, together {cost} {currency}"));
    }
    if let Some((charges, list_cost)) = answer.untold {
        context.note(format_args!(
            "not counted: {charges} charges of usage that do not tell what they are of, {list_cost} {currency} at list prices"
        ));
    }
    let unpriced = answer.total.unpriced_spot_cost;
    if scope.spot == IncludedWord::Include && !unpriced.is_zero() {
        context.note(format_args!("not counted: Spot for {unpriced} {currency}, to which the bills give no on-demand price"));
    }
    if answer.has_cut_waste {
        context
            .note("what is unused of reservations is billed by the month: a time not made of months shows no utilization and no savings");
    } else if answer.has_unplaced_waste {
        context.note("what is unused of reservations is billed by the month: days and hours show no utilization and no savings");
    }
    let (no_cost, no_list_price) = (answer.total.charges_without_cost, answer.total.charges_without_list_price);
    if no_cost > 0 {
        context.note(format_args!("no utilization and no savings: {no_cost} covered charges lack what the commitment cost"));
    }
    if no_list_price > 0 {
        context.note(format_args!("no coverage and no savings: {no_list_price} covered charges lack their on-demand price"));
    }
}

fn table(question: &CoverageQuestion, answer: Answer, scope: &Scope, format: Format) -> Table {
    let currency = answer.currency.as_deref().map_or_else(String::new, |currency| format!(" ({currency})"));
    let mut columns = cost::group_columns(question.granularity, &question.by);
    let texts = columns.len();
    columns.extend(figure_columns(&currency, scope, format));
    let mut table = Table::new(columns);
    for row in answer.rows {
        let is_placed = !answer.has_unplaced_waste || !matches!(row.time, Some(Time::At(_))) || question.granularity < Granularity::Day;
        let is_whole = is_placed && !answer.has_cut_waste;
        let groups = cost::group_cells(question.granularity, &question.by, row.time, row.keys, format);
        table.row(groups.into_iter().chain(figures(&row.coverage, is_whole, scope, format)));
    }
    if texts > 0 && format == Format::Table {
        let label = (0..texts).map(|at| if at == 0 { "Total".into() } else { Cell::Null });
        table.total(label.chain(figures(&answer.total, !answer.has_cut_waste, scope, format)));
    }
    table
}

fn figure_columns(currency: &str, scope: &Scope, format: Format) -> Vec<Column> {
    if format != Format::Table {
        return FIGURES.map(|key| Column::number(key, key)).to_vec();
    }
    let spot = if scope.spot == IncludedWord::Include { "with Spot" } else { "without Spot" };
    let discounts = if scope.discounts == IncludedWord::Include { "with private discounts" } else { "without private discounts" };
    vec![
        Column::number(FIGURES[0], format!("Eligible at list{currency}")),
        Column::number(FIGURES[1], "Covered at list"),
        Column::number(FIGURES[2], "Coverage"),
        Column::number(FIGURES[5], "Of hours"),
        Column::number(FIGURES[6], "Commitments cost"),
        Column::number(FIGURES[7], "Unused"),
        Column::number(FIGURES[8], "Utilization"),
        Column::number(FIGURES[9], "On demand"),
        Column::number(FIGURES[10], "Savings"),
        Column::number(FIGURES[11], format!("ESR {spot}, {discounts}")),
    ]
}

/// A row's figures; those that need all that is unused only where it is `whole`.
fn figures(coverage: &Coverage, is_whole: bool, scope: &Scope, format: Format) -> Vec<Cell> {
    let with_spot = scope.spot == IncludedWord::Include;
    let hours = |quantity: Quantity| Cell::Exact(quantity.to_string());
    let eligible_hours = coverage.covered.hours + coverage.on_demand.hours;
    let all = [
        coverage.eligible_list_cost().into(),
        coverage.covered.list_cost.into(),
        coverage.coverage().into(),
        hours(eligible_hours),
        hours(coverage.covered.hours),
        coverage.coverage_of_hours().into(),
        coverage.commitment_cost().into(),
        coverage.unused_cost.into(),
        coverage.utilization().filter(|_| is_whole).into(),
        coverage.on_demand.cost.into(),
        coverage.savings(with_spot).filter(|_| is_whole).into(),
        coverage.effective_savings_rate(with_spot).filter(|_| is_whole).into(),
        scope.spot.word().into(),
        scope.discounts.word().into(),
    ];
    let is_shown = |at: usize| format != Format::Table || !matches!(at, 3 | 4 | 12 | 13);
    all.into_iter().enumerate().filter(|(at, _)| is_shown(*at)).map(|(_, cell)| cell).collect()
}
