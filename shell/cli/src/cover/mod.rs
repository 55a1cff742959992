//! `tenor cover`: which commitment pays for what, simulated.

mod prices;
mod settings;
pub(crate) mod sharing;

use crate::context::Context;
use crate::lake;
use crate::output::{self, Cell, Column, Table};
use crate::report::Refused;
use jiff::Timestamp;
use std::io::Write as _;
use std::path::PathBuf;
use tenor_bill::{AccountId, BillingPeriod, Hour};
use tenor_cover::replay::{CommitmentDifference, Comparison, PoolDifference};
use tenor_cover::{Settings, Simulator, Sizes};
use tenor_money::Money;
use tenor_query::QueryError;
use tenor_query::cost::Bound;
use tenor_query::replay::{ReplayBill, ReplayQuestion};

/// Arguments of `tenor cover`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    what: What,

    /// The payer, when the lake holds that period of several.
    #[arg(long, value_name = "ACCOUNT")]
    payer: Option<String>,

    /// How commitments are shared among accounts, as a file; openly without one.
    #[arg(long, value_name = "FILE")]
    sharing: Option<PathBuf>,

    /// Rates of Savings Plans and of usage, as a file; without one, those the bill charged.
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,

    /// What to tell apart in a comparison: commitments, or pools of reservations that match the same usage.
    #[arg(long, value_enum, default_value_t = By::Commitment)]
    by: By,

    #[command(flatten)]
    settings: settings::SettingsArgs,
}

/// What to do: one of the two.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct What {
    /// Simulate a billed period and compare each commitment with what AWS billed: 2018-10.
    #[arg(long, value_name = "PERIOD")]
    replay: Option<BillingPeriod>,

    /// Tell which commitment pays for what an account uses in one hour, and why: 2018-10-09T21Z 111122223333.
    #[arg(long, num_args = 2, value_names = ["HOUR", "ACCOUNT"])]
    explain: Option<Vec<String>>,
}

/// What a comparison tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum By {
    Commitment,
    Pool,
}

/// Simulates a period again, and compares it or explains an hour of it.
pub(crate) fn run(context: &Context, args: Args) -> anyhow::Result<()> {
    let explain = args.what.explain.as_deref().map(hour_and_account).transpose()?;
    let period = match (args.what.replay, &explain) {
        (Some(period), _) => period,
        (None, Some((hour, _))) => BillingPeriod::containing(Timestamp::from_second(hour.start_second())?),
        (None, None) => unreachable!("clap wants one of the two"),
    };
    let sharing = sharing::read(args.sharing.as_deref())?;
    let rates = prices::read(args.prices.as_deref())?;
    let question = ReplayQuestion { period, payer: args.payer, rates };
    let bill = context.block_on(lake::ask(context, None, async |engine| engine.replay(&question).await))?;
    let ReplayBill { input, rates, hours, too_long } = bill;
    for (sku, rows) in too_long {
        context.note(format_args!("left out: {rows} rows of {sku} that are longer than an hour"));
    }
    let settings = Settings::from(args.settings);
    let replay = input.build(sharing.clone(), &rates, &Sizes::published()).map_err(QueryError::from)?;
    for missing in sharing::unmatched(&sharing, replay.organization.parts()) {
        context.note(format_args!("note: in the sharing file and not in the bill: {missing}"));
    }
    for gap in &replay.gaps {
        context.note(format_args!("note: {gap}"));
    }
    if let Some((hour, account)) = explain {
        if !hours.contains(&hour) {
            let known = format!("the bill of {period} tells usage from {} until {}, not of {hour}", hours.start, hours.end);
            return Err(Refused::new(known).hint("name an hour in that time").into());
        }
        if !replay.organization.parts().series.iter().any(|series| series.account == account) {
            let missing = format!("in {period} the bill has no usage of account {account} that a commitment could cover");
            return Err(Refused::new(missing).hint("tenor cost --by account lists the accounts that have any").into());
        }
        let told = Simulator::with_settings(&replay.organization, settings).explain(&replay.usage, hour, &account);
        write!(output::stdout(), "{told}").and_then(|()| output::stdout().flush())?;
        return Ok(());
    }
    let compared = replay.compare(hours, settings);
    tell(context, &compared);
    context.print(&match args.by {
        By::Commitment => commitments(&compared),
        By::Pool => pools(&compared.pools),
    })?;
    Ok(())
}

/// The two words after `--explain`.
fn hour_and_account(words: &[String]) -> Result<(Hour, AccountId), Refused> {
    let [hour, account] = words else { unreachable!("clap wants two values") };
    let found = hour
        .parse::<Bound>()
        .ok()
        .and_then(|bound| bound.hour())
        .ok_or_else(|| Refused::bad_usage(format!("`{hour}` is not an hour")).hint("write it in UTC: 2018-10-09T21Z"))?;
    let account = account.parse().map_err(|error| Refused::bad_usage(format!("{error}")).hint("name one that the bill has"))?;
    Ok((found, account))
}

/// How well it fits.
fn tell(context: &Context, compared: &Comparison) {
    let hours = compared.hours;
    if compared.commitments.is_empty() {
        context.note(format_args!("{hours} hours simulated; the bill has no commitment to compare"));
        return;
    }
    if compared.is_exact() {
        context.note(format_args!("{hours} hours simulated; nothing differs, to the last digit"));
        return;
    }
    let left_out = compared.left_out();
    if left_out.rows > 0 {
        let (rows, cost) = (left_out.rows, left_out.effective);
        context.note(format_args!("not simulated: {rows} rows for which commitments paid {cost}, by the bill"));
    }
    let (unequal, absolute, difference) = (compared.hours_unequal(), compared.absolute_difference(), compared.effective_difference());
    context.note(format_args!(
        "{hours} hours simulated; {unequal} hours of commitments are not equal, by {absolute} of effective cost in sum and {difference} in all"
    ));
}

fn commitments(compared: &Comparison) -> Table {
    let mut table = Table::new([
        Column::text("commitment", "Commitment"),
        Column::number("units_billed", "Units billed"),
        Column::number("units_simulated", "Units simulated"),
        Column::number("effective_billed", "Cost billed"),
        Column::number("effective_simulated", "Cost simulated"),
        Column::number("difference", "Difference"),
        Column::number("hours_different", "Hours that differ"),
        Column::text("first_different", "First of them"),
        Column::number("hours_unequal", "Hours not equal"),
        Column::number("absolute_difference", "Sum of differences"),
        Column::number("rows_left_out", "Rows left out"),
        Column::number("effective_left_out", "Cost left out"),
    ]);
    let mut sums = [Money::ZERO; 3];
    for one in &compared.commitments {
        let difference = one.effective_simulated - one.effective_billed;
        for (sum, more) in sums.iter_mut().zip([one.effective_billed, one.effective_simulated, difference]) {
            *sum += more;
        }
        table.row(cells(one, difference));
    }
    let [billed, simulated, difference] = sums.map(Cell::Amount);
    let left_out = compared.left_out();
    let beyond = [
        Cell::Count(compared.hours_unequal()),
        Cell::Amount(compared.absolute_difference()),
        Cell::Count(left_out.rows),
        Cell::Amount(left_out.effective),
    ];
    let total = ["Total".into(), Cell::Null, Cell::Null, billed, simulated, difference, Cell::Null, Cell::Null];
    table.total(total.into_iter().chain(beyond));
    table
}

fn cells(one: &CommitmentDifference, difference: Money) -> [Cell; 12] {
    [
        one.id.to_string().into(),
        Cell::Exact(one.units_billed.to_string()),
        Cell::Exact(one.units_simulated.to_string()),
        Cell::Amount(one.effective_billed),
        Cell::Amount(one.effective_simulated),
        Cell::Amount(difference),
        Cell::Count(one.hours_different),
        one.first_different.map(|hour| hour.to_string()).into(),
        Cell::Count(one.hours_unequal),
        Cell::Amount(one.absolute_difference),
        Cell::Count(one.left_out.rows),
        Cell::Amount(one.left_out.effective),
    ]
}

fn pools(pools: &[PoolDifference]) -> Table {
    let mut table = Table::new([
        Column::text("pool", "Pool of reservations"),
        Column::number("hours", "Hours"),
        Column::number("hours_different", "Hours that differ"),
        Column::text("first_different", "First of them"),
        Column::number("units_billed", "Its units billed"),
        Column::number("units_simulated", "Its units simulated"),
        Column::number("effective_billed", "Cost billed"),
        Column::number("effective_simulated", "Cost simulated"),
    ]);
    for pool in pools {
        let first = pool.first_different;
        table.row([
            pool.name.as_str().into(),
            Cell::Count(pool.hours),
            Cell::Count(pool.hours_different),
            first.map(|(hour, ..)| hour.to_string()).into(),
            first.map_or(Cell::Null, |(_, billed, _)| Cell::Exact(billed.to_string())),
            first.map_or(Cell::Null, |(.., simulated)| Cell::Exact(simulated.to_string())),
            Cell::Amount(pool.effective_billed),
            Cell::Amount(pool.effective_simulated),
        ]);
    }
    table
}
