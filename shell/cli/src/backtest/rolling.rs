//! A back-test of proposals at real prices: the lake's usage, every offer of a version of prices, the owner's policy (`docs/planning.md` 13).

use super::answer::{number, pairs};
use super::{Args, chart, file, lake};
use crate::context::Context;
use crate::output::{self, Cell, Column, Format, Table};
use crate::propose::{self, Threads};
use crate::report::Refused;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::PathBuf;
use tenor_bill::Hour;
use tenor_propose::backtest::{Comparison, Moment, Schedule, Standing};
use tenor_propose::proposal::{Inputs, InputsError, Kind, RollingMoment, RollingPolicy, RollingStanding, RollingTest};

/// What `--prices` says for the youngest version.
const LATEST: &str = "latest";

/// Futures of each decision where none are asked for: a decision of a proposal looks at more, but there are many decisions.
const SCENARIOS: u32 = 4;
/// What all chance comes from where nobody says.
pub(crate) const SEED: u64 = 1;

/// Months of history that are read at most.
const MONTHS_MAX: u16 = 61;

/// How policies did, and on what.
pub(crate) struct Answer {
    pub(crate) policies: Vec<RollingStanding>,
    pub(crate) on_demand_cost: tenor_money::Money,
    pub(crate) eligible_cost: tenor_money::Money,
    pub(crate) currency: String,
    /// How often each policy decided.
    pub(crate) decisions: usize,
}

/// Refuses arguments of the other kind of back-test.
///
/// # Errors
/// When there are any, or the demand is not the lake's.
fn check(args: &Args) -> Result<(), Refused> {
    let hint = "with --prices the demand is the lake's, counted and told apart as `tenor propose` does: --demand lake --prices latest";
    if args.demand.as_os_str() != lake::NAME {
        let table = format!("`{}` is a table of demand, which --prices has no prices for", args.demand.display());
        return Err(Refused::bad_usage(table).hint(hint));
    }
    let others = [
        ("--offers", args.offers.is_some()),
        ("--series", !args.series.is_empty()),
        ("--value", args.value.is_some()),
        ("--time", args.time.is_some()),
        ("--overlay", args.overlay.is_some()),
    ];
    match others.iter().find(|(_, is_given)| *is_given) {
        Some((name, _)) => Err(Refused::bad_usage(format!("{name} says nothing beside --prices")).hint(hint)),
        None => Ok(()),
    }
}

/// Runs the policies at the prices of a version and tells how they did.
pub(super) fn run(context: &Context, args: Args, version: &str) -> anyhow::Result<()> {
    check(&args)?;
    let chart = args.chart.as_deref().map(|path| file::check(path).and_then(|()| chart::Kind::of(path))).transpose()?;
    let schedule = Schedule { start_after: args.start_after * 24, every_weeks: args.every };
    let workers = Threads::new(args.threads.map(usize::from));
    let asked = propose::Args {
        sharing: args.sharing,
        prices: Some(version).filter(|version| *version != LATEST).map(str::to_owned),
        private: args.private,
        payer: args.payer,
        seed: args.seed.unwrap_or(SEED),
        ..asked(args.policy, args.scenarios.unwrap_or(SCENARIOS))
    };
    let inputs = propose::inputs(context, &asked)?;
    inputs.limitations.iter().for_each(|limitation| context.note(format_args!("note: {limitation}")));
    let answer = watched(context, &inputs, schedule, &workers)?;
    let (currency, decisions) = (&answer.currency, answer.decisions);
    context.note(format_args!(
        "{decisions} decisions at the prices of version {} of {} ({}); on demand it costs {} {currency}, {} of it usage that some commitment covers",
        inputs.prices.version,
        inputs.prices.date,
        inputs.prices.basis,
        output::sentence_amount(answer.on_demand_cost),
        output::sentence_amount(answer.eligible_cost),
    ));
    if let Some((kind, path)) = chart.zip(args.chart.as_deref()) {
        file::replace(path, &answer.drawn(&inputs, kind))?;
        context.note(format_args!("the chart is in `{}`", path.display()));
    }
    match context.format {
        Format::Json => answer.print_json()?,
        Format::Table | Format::Csv => context.print(&answer.table())?,
    }
    Ok(())
}

/// What a back-test is computed from where no command line says more: the youngest prices, and as much history as there is.
pub(crate) fn asked(policy: Option<PathBuf>, scenarios: u32) -> propose::Args {
    propose::Args { policy, months: MONTHS_MAX, scenarios, seed: SEED, ..propose::Args::default() }
}

/// Tries every policy, with a bar on a terminal.
fn watched(context: &Context, inputs: &Inputs, schedule: Schedule, workers: &Threads) -> anyhow::Result<Answer> {
    let style = ProgressStyle::with_template("{spinner} {msg} ({pos} of {len})")?;
    let bar = if context.draws_progress() { ProgressBar::new(1) } else { ProgressBar::hidden() }.with_style(style);
    let answer = tried(inputs, schedule, workers, &|doing, done, of| {
        bar.set_length(u64::from(of));
        bar.set_position(u64::from(done));
        bar.set_message(doing.to_owned());
        bar.tick();
        Ok(())
    });
    bar.finish_and_clear();
    answer
}

/// Who is told before each part what it is, how many are done, and of how many; where that fails, no other begins.
pub(crate) type Tell<'a> = &'a dyn Fn(&str, u32, u32) -> anyhow::Result<()>;

/// Tries every policy.
///
/// # Errors
/// When no decision falls into the history, it is more than a simulation can count, or whoever is told of it has it end.
pub(crate) fn tried(inputs: &Inputs, schedule: Schedule, workers: &Threads, tell: Tell<'_>) -> anyhow::Result<Answer> {
    let of = u32::try_from(RollingPolicy::ALL.len()).expect("there are few policies") + 1;
    tell("least possible cost", 0, of)?;
    let test = RollingTest::new(inputs, schedule, workers).map_err(refused)?;
    let least = test.least_cost(workers).map_err(refused)?;
    let mut policies = Vec::new();
    for (done, policy) in (1..).zip(RollingPolicy::ALL) {
        tell(&policy.name(), done, of)?;
        policies.push(test.standing(policy, least, workers).map_err(refused)?);
    }
    policies.push(test.clairvoyant(least));
    let (on_demand_cost, eligible_cost, decisions) = (test.on_demand_cost(), test.eligible_cost(), test.decisions());
    Ok(Answer { policies, on_demand_cost, eligible_cost, currency: inputs.prices.currency.clone(), decisions })
}

/// A refusal of the core, with what to do.
fn refused(error: InputsError) -> anyhow::Error {
    match error {
        InputsError::NoDecision { .. } => {
            Refused::new(error.to_string()).hint("import the bills of earlier months, or decide sooner with --start-after").into()
        }
        other => propose::refused(other),
    }
}

impl Answer {
    /// Kinds of commitments that any policy bought.
    fn kinds(&self) -> BTreeSet<Kind> {
        self.policies.iter().flat_map(|one| one.utilization.iter().map(|(kind, _)| *kind)).collect()
    }

    /// A row for each policy.
    fn table(&self) -> Table {
        let mut columns = vec![
            Column::text("name", "Policy"),
            Column::number("saving", "Saving"),
            Column::number("cost", "Cost"),
            Column::number("esr", "ESR"),
            Column::number("regret", "Regret"),
            Column::number("purchases", "Purchases"),
        ];
        let kinds = self.kinds();
        let used = |kind: &Kind| Column::number(format!("utilization_{}", kind.as_str()), format!("Utilization {}", kind.as_str()));
        columns.extend(kinds.iter().map(used));
        columns.extend([Column::number("peak_obligation", "Peak obligation"), Column::number("upfront", "Upfront")]);
        let mut table = Table::new(columns);
        for one in &self.policies {
            table.row(row(one, &kinds));
        }
        table
    }

    fn print_json(&self) -> io::Result<()> {
        let mut out = output::stdout();
        self.write_json(&mut out)?;
        out.flush()
    }

    fn write_json(&self, out: &mut impl Write) -> io::Result<()> {
        write!(out, "{{\n  \"currency\": {},", Value::from(self.currency.as_str()))?;
        write!(out, "\n  \"on_demand_cost\": {},", Value::from(self.on_demand_cost.to_string()))?;
        write!(out, "\n  \"eligible_cost\": {},", Value::from(self.eligible_cost.to_string()))?;
        write!(out, "\n  \"policies\": [")?;
        for (at, one) in self.policies.iter().enumerate() {
            write!(out, "{}\n    {{{}", if at == 0 { "" } else { "," }, pairs(&figures(one)))?;
            write!(out, ", \"over_time\": [")?;
            for (at, moment) in one.over_time.iter().enumerate() {
                write!(out, "{}\n      {{{}}}", if at == 0 { "" } else { "," }, pairs(&moment_figures(moment)))?;
            }
            write!(out, "{}]}}", if one.over_time.is_empty() { "" } else { "\n    " })?;
        }
        writeln!(out, "\n  ]\n}}")
    }

    /// The chart, which knows neither offers nor their units.
    fn drawn(&self, inputs: &Inputs, kind: chart::Kind) -> String {
        let moment = |moment: &RollingMoment| Moment {
            hour: usize::try_from(moment.decision.epoch_hours() - inputs.first).unwrap_or(0),
            saving: moment.saving,
            units: Vec::new(),
            obligation: moment.obligation,
        };
        let standing = |one: &RollingStanding| Standing {
            name: one.name.clone(),
            cost: one.cost,
            saving: one.saving,
            regret: one.regret,
            utilization: Vec::new(),
            over_time: one.over_time.iter().map(moment).collect(),
        };
        let compared = Comparison { on_demand_cost: self.on_demand_cost, policies: self.policies.iter().map(standing).collect() };
        let (first, end) = (Hour::from_epoch_hours(inputs.first), Hour::from_epoch_hours(inputs.first + inputs.hours as i64));
        chart::draw(&super::answer::Answer { compared: &compared, offers: Vec::new(), first, end, decimals: 0 }, kind)
    }
}

fn row(one: &RollingStanding, kinds: &BTreeSet<Kind>) -> Vec<Cell> {
    let used = |kind: &Kind| one.utilization.iter().find(|(other, _)| other == kind).map(|(_, used)| used.to_string());
    let mut cells = vec![
        one.name.clone().into(),
        Cell::Number(one.saving.to_string()),
        Cell::Amount(one.cost),
        one.esr.map_or(Cell::Null, |esr| Cell::Number(esr.to_string())),
        Cell::Amount(one.regret),
        Cell::Count(one.purchases as u64),
    ];
    cells.extend(kinds.iter().map(|kind| used(kind).map_or(Cell::Null, Cell::Number)));
    cells.extend([one.peak_obligation().into(), one.over_time.last().map(|last| last.upfront).into()]);
    cells
}

fn figures(one: &RollingStanding) -> Vec<(String, Value)> {
    let used = one.utilization.iter().map(|(kind, used)| (kind.as_str().to_owned(), number(*used))).collect();
    let figures = [
        ("name", Value::from(one.name.as_str())),
        ("saving", number(one.saving)),
        ("cost", one.cost.to_string().into()),
        ("esr", one.esr.map_or(Value::Null, number)),
        ("regret", one.regret.to_string().into()),
        ("utilization", Value::Object(used)),
        ("purchases", one.purchases.into()),
        ("peak_obligation", one.peak_obligation().map(|owed| owed.to_string()).into()),
    ];
    figures.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn moment_figures(moment: &RollingMoment) -> Vec<(String, Value)> {
    let figures = [
        ("hour", Value::from(moment.decision.to_string())),
        ("saving", number(moment.saving)),
        ("obligation", moment.obligation.map(|owed| owed.to_string()).into()),
        ("upfront", moment.upfront.to_string().into()),
        ("purchases", moment.purchases.into()),
    ];
    figures.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}
