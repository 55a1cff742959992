//! The report: tables for people, every figure for programs; and always that it is of lower confidence than a bill.

use super::super::calling::Asked;
use super::ask::Look;
use super::figures::{Cost, costs_of, currency, figures, hours, recommended};
use crate::context::Context;
use crate::output::{self, Cell, Column, Format, Part, Table};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use tenor_aws::answer::Span;
use tenor_money::Rounding;
use tenor_permit::AccountKind;
use tenor_state::StoredConnection;

/// What every form of the report says of itself.
const CONFIDENCE: &str = "lower than a bill";

pub(super) fn print(context: &Context, kept: &StoredConnection, look: &Look, asked: Asked) -> anyhow::Result<()> {
    match context.format {
        Format::Table => people(context, look, asked)?,
        Format::Csv => {
            context.print(&list(look, true))?;
            context.note(said_of_it(asked));
        }
        Format::Json => object(kept, look, asked)?,
    }
    Ok(())
}

fn people(context: &Context, look: &Look, asked: Asked) -> anyhow::Result<()> {
    let month = last_month(look.days);
    let currency = match currency(look) {
        Ok(currency) => currency,
        Err(several) => {
            context.note(format_args!("figures are in {}, which do not add up: each stands by itself", several.join(" and ")));
            context.print(&list(look, true))?;
            return Ok(output::print_line(&said_of_it(asked))?);
        }
    };
    for (heading, told) in [("Service", &look.by_service), ("Account", &look.by_account)] {
        match told {
            Ok(totals) => context.print(&costs_table(heading, &costs_of(totals, month)))?,
            Err(silence) => output::print_line(&format!("{heading}: {silence}."))?,
        }
        output::print_line("")?;
    }
    output::print_line(&hours_line(look))?;
    output::print_line("")?;
    context.print(&coverage_table(look, month))?;
    output::print_line("")?;
    context.print(&recommended_table(look))?;
    let amounts = currency.map(|currency| format!("Amounts are in {currency}.")).unwrap_or_default();
    output::print_line(&format!("\n{amounts}"))?;
    Ok(output::print_line(&said_of_it(asked))?)
}

/// What it is, and what it cost.
fn said_of_it(asked: Asked) -> String {
    let Asked { priced, price } = asked;
    format!(
        "From AWS's Cost Explorer: of lower confidence than a bill, and never enough for an order. Import a bill to propose from.\n\
         What AWS recommends of different kinds is for the same usage: it does not add up. DynamoDB is not asked about.\n\
         Requests that AWS charges for: {priced}; price: {price} dollars."
    )
}

fn costs_table(heading: &str, costs: &[(String, Cost)]) -> Table {
    let mut table = Table::new([
        Column::text("name", heading),
        Column::number("total", "13 months"),
        Column::number("month", "Last whole month"),
        Column::number("month_amortized", "The same, amortized"),
    ]);
    let mut sum = Cost::default();
    for (name, cost) in costs {
        table.row([name.clone().into(), cost.total.into(), cost.month.into(), cost.month_amortized.into()]);
        sum.total += cost.total;
        sum.month += cost.month;
        sum.month_amortized += cost.month_amortized;
    }
    table.total(["Total".into(), sum.total.into(), sum.month.into(), sum.month_amortized.into()]);
    table
}

fn hours_line(look: &Look) -> String {
    let told = match &look.by_hour {
        Ok(totals) => hours(totals),
        Err(silence) => return format!("Hours: {silence}."),
    };
    let Some((least, sum, most, count)) = told else { return "Hours: Cost Explorer has none.".to_owned() };
    let average = sum.share(1, i128::from(count), Rounding::HalfEven);
    let amount = output::sentence_amount;
    format!("Hours: {count} of the last days cost {} at least, {} on average, {} at most.", amount(least), amount(average), amount(most))
}

/// Coverage in the last whole month.
fn coverage_table(look: &Look, month: Span) -> Table {
    let mut table = Table::new([
        Column::text("by", "Covered by"),
        Column::number("share", "Share (%)"),
        Column::number("on_demand_cost", "Left on demand, last whole month"),
    ]);
    let percent = |share: Option<tenor_aws::answer::Share>| Cell::from(share.map(|share| Cell::Exact(share.0.to_string())));
    let plans = look.plan_coverage.iter().flatten().find(|one| one.span.start == month.start);
    table.row(["Savings Plans".into(), percent(plans.and_then(|one| one.coverage.share)), plans.map(|one| one.coverage.on_demand).into()]);
    let times = look.reservation_coverage.iter().flat_map(|coverages| &coverages.times);
    let reservations = times.into_iter().find(|one| one.span.start == month.start).and_then(|one| one.total.as_ref());
    let share = reservations.and_then(|total| total.hours.as_ref()?.share);
    table.row(["Reservations".into(), percent(share), reservations.and_then(|total| total.on_demand_cost).into()]);
    table
}

fn recommended_table(look: &Look) -> Table {
    let mut table = Table::new([
        Column::text("kind", "AWS recommends, for a year"),
        Column::text("of", "Type"),
        Column::text("region", "Region"),
        Column::text("account", "Account"),
        Column::number("count", "Count"),
        Column::number("commitment", "An hour"),
        Column::number("upfront", "Upfront"),
        Column::number("monthly_savings", "Saves a month"),
    ]);
    for one in recommended(look) {
        table.row([
            one.kind.into(),
            one.of.into(),
            one.region.into(),
            one.account.into(),
            one.count.map(Cell::Exact).into(),
            one.commitment.into(),
            one.upfront.into(),
            one.monthly_savings.into(),
        ]);
    }
    table
}

/// Every figure; with a row for each question that has no answer where nothing else can say so.
fn list(look: &Look, with_silent: bool) -> Table {
    let columns = ["section", "time", "name", "figure"].map(|key| Column::text(key, key));
    let last = [Column::number("value", "value"), Column::text("unit", "unit"), Column::text("note", "note")];
    let mut table = Table::new(columns.into_iter().chain(last));
    for figure in figures(look) {
        let time = figure.time.map(|time| time.to_string());
        let head = [figure.section.into(), time.into(), figure.name.into(), figure.figure.into()];
        table.row(head.into_iter().chain([Cell::Exact(figure.value), figure.unit.into(), Cell::Null]));
    }
    for (question, silence) in look.silent().into_iter().filter(|_| with_silent) {
        let head = ["no answer".into(), Cell::Null, question.into(), Cell::Null, Cell::Null, Cell::Null];
        table.row(head.into_iter().chain([silence.to_string().into()]));
    }
    table
}

fn object(kept: &StoredConnection, look: &Look, asked: Asked) -> anyhow::Result<()> {
    let mut silent =
        Table::new(["question", "why"].map(|key| Column::text(key, key)).into_iter().chain([Column::text("is_gap", "is_gap")]));
    for (question, silence) in look.silent() {
        silent.row([question.into(), silence.to_string().into(), silence.is_gap().into()]);
    }
    let connection = &kept.agreement.connection;
    let kind = if connection.kind == AccountKind::Payer { "payer" } else { "member" };
    let list = list(look, false);
    output::print_object(&[
        ("source", Part::Value("Cost Explorer".into())),
        ("confidence", Part::Value(CONFIDENCE.into())),
        ("is_enough_for_an_order", Part::Value(false.into())),
        ("account", Part::Value(connection.account.as_str().into())),
        ("kind", Part::Value(kind.into())),
        ("from", Part::Value(look.days.start.to_string().into())),
        ("until", Part::Value(look.days.end.to_string().into())),
        ("requests", Part::Value(Cell::Count(asked.priced))),
        ("price", Part::Value(asked.price.into())),
        ("no_answer", Part::Rows(&silent)),
        ("figures", Part::Rows(&list)),
    ])?;
    Ok(())
}

/// The last month that is whole among these days.
fn last_month(days: Span) -> Span {
    let end = days.end.to_zoned(TimeZone::UTC).date().first_of_month();
    let start = end.saturating_sub(1.month());
    let midnight = |day: jiff::civil::Date| {
        let zoned = day.at(0, 0, 0, 0).to_zoned(TimeZone::UTC);
        zoned.map_or(Timestamp::UNIX_EPOCH, |moment| moment.timestamp())
    };
    Span { start: midnight(start), end: midnight(end) }
}
