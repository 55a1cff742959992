//! `tenor cost`: where the money went.

use crate::context::Context;
use crate::lake;
use crate::output::{Cell, Column, Format, Table};
use crate::report::Refused;
use tenor_query::cost::{Answer, Bound, Granularity, Grouping, Key, Metric, Question, Range, Time};

/// What the help says below the arguments.
const NOTES: &str = "By day or hour, or between days or hours, a charge counts where it lies whole. Monthly fees and taxes that lie only partly \
    between --from and --to are in no row and in no total; a line on stderr says how many they are and what they cost together. Whole \
    months leave nothing out.\n\n\
    With --top, JSON and CSV have a member `is_other`: true for the rest of the groups, false for all others, even one that is called \
    `other`.";

/// Arguments of `tenor cost`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = NOTES)]
pub(crate) struct Args {
    /// What to tell apart, separated by commas: service, account, account-name, region, category, type, provider, payer, usage-type,
    /// operation, resource, commitment, instance-type, currency, tag:KEY, category:KEY (a cost category), or any column of `charges`.
    #[arg(long, value_delimiter = ',', value_name = "GROUPING")]
    by: Vec<Grouping>,

    /// Which cost: as invoiced, amortized, at list prices, at negotiated prices, or before private discounts.
    #[arg(long, value_enum, default_value_t = MetricWord::Billed)]
    metric: MetricWord,

    /// How finely to tell time apart, in UTC.
    #[arg(long, value_enum, default_value_t = GranularityWord::Total)]
    granularity: GranularityWord,

    /// First time counted: a period (2018-10), a day (2018-10-31) or an hour (2018-10-31T23Z).
    #[arg(long, value_name = "TIME")]
    from: Option<Bound>,

    /// Last time counted, included whole. Whole months go by billing period, shorter times by each charge's own.
    #[arg(long, alias = "until", value_name = "TIME")]
    to: Option<Bound>,

    /// Count only what meets a condition over the columns, as SQL: "ServiceName = 'Amazon S3' and BilledCost > 1".
    #[arg(long = "where", value_name = "CONDITION")]
    condition: Option<String>,

    /// Show the N groups that cost most, and the rest as `other`.
    #[arg(long, value_name = "N")]
    top: Option<usize>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum MetricWord {
    Billed,
    Effective,
    List,
    Contracted,
    Unblended,
}

/// A granularity as it is written.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum GranularityWord {
    Total,
    Month,
    Day,
    Hour,
}

/// Answers a question about cost.
pub(crate) fn run(context: &Context, args: Args) -> anyhow::Result<()> {
    ask(context, &question(args)?)
}

/// Asks the lake and prints its answer.
pub(crate) fn ask(context: &Context, question: &Question) -> anyhow::Result<()> {
    let answer = context.block_on(lake::ask(context, None, async |engine| engine.cost(question).await))?;
    show(context, question, answer)
}

/// Prints an answer, and on stderr what it leaves out.
fn show(context: &Context, question: &Question, answer: Answer) -> anyhow::Result<()> {
    if answer.charges == 0 {
        context.note("no charge matches, so there is nothing to add up");
    }
    if let Some((charges, cost)) = answer.straddling {
        let currency = answer.currency.as_deref().unwrap_or_default();
        context.note(format_args!(
            "not counted: {charges} charges that lie only partly in that time (monthly fees, taxes), together {cost} {currency}"
        ));
    }
    context.print(&table(question, answer, context.format))?;
    Ok(())
}

impl From<GranularityWord> for Granularity {
    fn from(word: GranularityWord) -> Self {
        match word {
            GranularityWord::Total => Self::Total,
            GranularityWord::Month => Self::Month,
            GranularityWord::Day => Self::Day,
            GranularityWord::Hour => Self::Hour,
        }
    }
}

fn question(args: Args) -> Result<Question, Refused> {
    let granularity = args.granularity.into();
    let metric = match args.metric {
        MetricWord::Billed => Metric::Billed,
        MetricWord::Effective => Metric::Effective,
        MetricWord::List => Metric::List,
        MetricWord::Contracted => Metric::Contracted,
        MetricWord::Unblended => Metric::Unblended,
    };
    let range = range(args.from, args.to)?;
    refuse_twice(args.by.iter().map(Grouping::name).chain(time_key(granularity)).chain(["cost"]))?;
    Ok(Question { by: args.by, metric, granularity, range, filter: args.condition, top: args.top })
}

/// From one time to another.
///
/// # Errors
/// When it runs backwards.
pub(crate) fn range(from: Option<Bound>, to: Option<Bound>) -> Result<Range, Refused> {
    let range = Range { from, to };
    if range.is_backwards() {
        return Err(Refused::bad_usage("--to is before --from").hint("both ends are included; name the earlier one with --from"));
    }
    Ok(range)
}

/// Refuses an answer with two columns of one name.
///
/// # Errors
/// When there are two.
pub(crate) fn refuse_twice<'a>(names: impl Iterator<Item = &'a str>) -> Result<(), Refused> {
    let mut seen = Vec::new();
    for name in names {
        if seen.contains(&name) {
            return Err(Refused::bad_usage(format!("`{name}` would be there twice")).hint("name each grouping once"));
        }
        seen.push(name);
    }
    Ok(())
}

/// The name of an answer's column of time.
pub(crate) fn time_key(granularity: Granularity) -> Option<&'static str> {
    match granularity {
        Granularity::Total => None,
        Granularity::Month => Some("billing_period"),
        Granularity::Day => Some("day"),
        Granularity::Hour => Some("hour"),
    }
}

fn table(question: &Question, answer: Answer, format: Format) -> Table {
    let mut columns = group_columns(question.granularity, &question.by);
    let currency = answer.currency.map_or_else(String::new, |currency| format!(" ({currency})"));
    let texts = columns.len();
    columns.push(Column::number("cost", format!("Cost{currency}")));
    if tells_other(question, format) {
        columns.push(Column::text("is_other", "Other"));
    }
    let mut table = Table::new(columns);
    for row in answer.rows {
        let is_other = tells_other(question, format).then(|| Cell::Flag(row.keys.contains(&Key::Other)));
        let groups = group_cells(question.granularity, &question.by, row.time, row.keys, format);
        table.row(groups.into_iter().chain([Cell::Amount(row.cost)]).chain(is_other));
    }
    if texts > 0 && format == Format::Table {
        let label = (0..texts).map(|at| if at == 0 { "Total".into() } else { Cell::Null });
        table.total(label.chain([Cell::Amount(answer.total)]));
    }
    table
}

/// Whether programs are told which row is the rest of the groups: a group may have the name `other` too.
fn tells_other(question: &Question, format: Format) -> bool {
    question.top.is_some() && !question.by.is_empty() && format != Format::Table
}

/// The columns of time and keys.
pub(crate) fn group_columns(granularity: Granularity, by: &[Grouping]) -> Vec<Column> {
    let heading = match granularity {
        Granularity::Total | Granularity::Month => "Period",
        Granularity::Day => "Day (UTC)",
        Granularity::Hour => "Hour (UTC)",
    };
    let time = time_key(granularity).map(|key| Column::text(key, heading));
    time.into_iter().chain(by.iter().map(|grouping| Column::text(grouping.name(), capitalized(grouping.noun())))).collect()
}

/// What stands in them.
pub(crate) fn group_cells(granularity: Granularity, by: &[Grouping], time: Option<Time>, keys: Vec<Key>, format: Format) -> Vec<Cell> {
    let unit = if granularity == Granularity::Hour { "an hour" } else { "a day" };
    let time = time.map(|time| match time {
        Time::At(text) => Cell::Text(text),
        Time::Longer => Cell::Label(format!("longer than {unit}")),
    });
    let keys = keys.into_iter().zip(by).map(|(key, grouping)| match key {
        Key::Value(text) => Cell::Text(text),
        Key::Nothing => Cell::Label(format!("no {}", grouping.noun())),
        Key::Other if format == Format::Table => Cell::Label("other".to_owned()),
        Key::Other => Cell::Text("other".to_owned()),
    });
    time.into_iter().chain(keys).collect()
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
