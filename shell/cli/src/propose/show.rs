//! A proposal for people: a table of steps, or the whole of it in words.

use crate::context::Context;
use crate::output::{Cell, Column, Table};
use std::fmt::Write as _;
use tenor_propose::proposal::{HeldStep, Proposal, Step};

/// The steps.
pub(super) fn steps(proposal: &Proposal) -> Table {
    let mut table = Table::new([
        Column::number("number", "#"),
        Column::text("action", "Action"),
        Column::text("what", "What"),
        Column::text("account", "Account"),
        Column::text("starts", "Starts"),
        Column::number("cost_per_hour", "Cost per hour"),
        Column::number("cash", "Cash"),
        Column::number("obligation", "Obligation"),
        Column::number("savings", "Savings"),
        Column::number("utilization", "Used"),
        Column::number("utilization_p10", "Used P10"),
        Column::number("break_even", "Pays from"),
    ]);
    for step in &proposal.steps {
        table.row([
            Cell::Count(step.number as u64),
            step.action.as_str().into(),
            step.what.as_str().into(),
            step.account.as_str().into(),
            step.starts.as_str().into(),
            money(&step.cost_per_hour),
            money(&step.cash),
            money(&step.obligation),
            money(&step.savings.expected),
            share(&step.utilization.expected),
            share(&step.utilization.p10),
            step.break_even_utilization.as_deref().map_or(Cell::Null, share),
        ]);
    }
    table
}

pub(super) fn money(text: &str) -> Cell {
    text.parse().map_or(Cell::Null, Cell::Amount)
}

pub(super) fn share(text: &str) -> Cell {
    Cell::Share { ratio: text.to_owned(), percent: percent(text) }
}

/// `0.961234` as `96.12`.
fn percent(text: &str) -> String {
    let (sign, text) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{whole}{decimals:0<4.4}");
    let number: u64 = digits.parse().unwrap_or(0);
    format!("{sign}{}.{:02}", number / 100, number % 100)
}

/// What the proposal comes to, on stderr.
pub(super) fn notes(context: &Context, proposal: &Proposal) {
    for line in summary(proposal) {
        context.note(line);
    }
    for change in &proposal.changes {
        context.note(format_args!("{}: {}, saves {}: {}", change.action, change.what, change.savings.expected, change.id));
    }
    for limitation in &proposal.limitations {
        context.note(format_args!("note: {limitation}"));
    }
}

fn summary(proposal: &Proposal) -> Vec<String> {
    let Proposal { summary, certificate, outlook, prices, .. } = proposal;
    let currency = &prices.currency;
    let futures = outlook.scenarios;
    let days = outlook.horizon_hours / 24;
    let mut lines = vec![format!("proposal {} as of {}", proposal.id, proposal.as_of)];
    if proposal.steps.is_empty() {
        lines.push(format!("Nothing is worth buying: no offer that the policy allows pays in {futures} futures of {days} days."));
    } else {
        lines.push(format!(
            "{} steps commit {} {currency} an hour ({} upfront, {} in all) and save {} over {days} days, {} in one of ten worse futures: {}% of what buying nothing costs.",
            proposal.steps.len(),
            summary.commitment_per_hour,
            summary.upfront,
            summary.obligation,
            summary.savings.expected,
            summary.savings.p10,
            percent(&summary.savings_share),
        ));
    }
    lines.push(format!(
        "Simulated exactly in {futures} futures it costs {} where buying nothing costs {}; with interest and risk {}, and nothing under this policy is below {}: a gap of {}%.",
        certificate.expected_cost,
        certificate.nothing,
        certificate.objective,
        certificate.bound,
        percent(&certificate.gap),
    ));
    lines
}

/// The whole of it in words, for whoever signs.
pub(super) fn words(proposal: &Proposal) -> String {
    let mut text = summary(proposal).join("\n") + "\n";
    let currency = &proposal.prices.currency;
    let mut say = |line: String| writeln!(text, "{line}").expect("a text takes all");
    say(String::new());
    say(format!(
        "Usage that commitments may cover, held ones included, costs {} {currency} an hour at list. Prices: version {} of {} ({}).",
        proposal.summary.list_cost_per_hour, proposal.prices.version, proposal.prices.date, proposal.prices.basis
    ));
    for step in &proposal.steps {
        say(String::new());
        step_in_words(step, currency, proposal.policy.purchase.returns_left, &mut say);
    }
    if !proposal.changes.is_empty() {
        say(String::new());
        say("What to do with what is held:".to_owned());
    }
    for change in &proposal.changes {
        change_in_words(change, currency, &mut say);
    }
    if !proposal.ending.is_empty() {
        say(String::new());
        say("What ends before the next proposal:".to_owned());
    }
    for end in &proposal.ending {
        let by: Vec<String> = end.replaced_by.iter().map(ToString::to_string).collect();
        let what = if by.is_empty() { "let it end".to_owned() } else { format!("replaced by step {}", by.join(", ")) };
        say(format!("  {} on {}, {} an hour: {what}", end.id, end.ends, end.cost_per_hour));
    }
    if !proposal.later.is_empty() {
        say(String::new());
        say(format!(
            "Assumed of later proposals, so that terms compare: {} purchases when what is bought now has ended.",
            proposal.later.len()
        ));
    }
    if !proposal.limitations.is_empty() {
        say(String::new());
        say("What could not be told, and what was assumed:".to_owned());
    }
    for limitation in &proposal.limitations {
        say(format!("  - {limitation}"));
    }
    say(String::new());
    say(format!("How good it is: {}", proposal.certificate.covers));
    text
}

fn change_in_words(change: &HeldStep, currency: &str, say: &mut impl FnMut(String)) {
    say(format!("{}. {}: {}.", change.number, change.action, change.what));
    say(format!("   {}, from {} to {}. {}", change.id, change.from, change.to, change.reason));
    say(format!(
        "   {} {currency} at once; it saves {} ({} to {} in eight of ten futures).",
        change.money_now, change.savings.expected, change.savings.p10, change.savings.p90
    ));
    change.deadline.iter().for_each(|deadline| say(format!("   It can be done until {deadline}.")));
    change.conditions.iter().for_each(|condition| say(format!("   - {condition}")));
}

fn step_in_words(step: &Step, currency: &str, returns_left: u32, say: &mut impl FnMut(String)) {
    let action = match step.action.as_str() {
        "queue" => "Queue",
        "buy-then" => "Buy then",
        _ => "Buy",
    };
    say(format!("{}. {action} {} in account {}, from {}.", step.number, step.what, step.account, step.starts));
    say(format!(
        "   It costs {} {currency} an hour, {} of it at the start, {} in all to its end; it saves {} ({} to {} in eight of ten futures).",
        step.cost_per_hour, step.cash, step.obligation, step.savings.expected, step.savings.p10, step.savings.p90
    ));
    say(format!("   {}", step.reason));
    if step.slices.len() > 1 {
        say(format!("   Bought in {} parts.", step.slices.len()));
    }
    returns(step, returns_left).into_iter().for_each(say);
}

/// What of a step can be returned; the returns that are left are those of all steps together.
fn returns(step: &Step, returns_left: u32) -> Option<String> {
    let until = step.returnable_until.as_ref()?;
    let (parts, returnable) = (step.slices.len(), step.returnable_parts(returns_left));
    Some(match (parts, returnable) {
        (_, 0) => return None,
        (1, _) => format!("   It can be returned until {until}."),
        (parts, returnable) if parts == returnable => format!("   Each of them can be returned until {until}."),
        (_, returnable) => {
            format!(
                "   {returnable} of them can be returned until {until}: AWS takes back parts of at most 100 an hour, and {returns_left} returns are left."
            )
        }
    })
}
