//! A proposal in figures and sentences, as a person in finance reads them.

use crate::proposals::WhatIf;
use crate::show;
use tenor_cover::inventory::Ratio;
use tenor_money::{Money, Rounding};
use tenor_propose::proposal::{Candidate, Ending, HeldStep, Outcome, Policy, Proposal, Spread, Standing, Step};

/// Hours of a month: a twelfth of the 365 days of a term.
const MONTH_HOURS: i128 = 730;

/// A figure with its name and what it is of.
pub(super) struct Tile {
    pub(super) name: &'static str,
    pub(super) value: String,
    pub(super) of: String,
}

/// Something that the proposal says of itself.
pub(super) struct Fact {
    pub(super) name: &'static str,
    pub(super) value: String,
    pub(super) is_hash: bool,
}

/// A purchase.
pub(super) struct StepLine {
    pub(super) number: usize,
    pub(super) action: &'static str,
    pub(super) what: String,
    pub(super) account: String,
    pub(super) starts: String,
    pub(super) hourly: String,
    pub(super) cash: String,
    pub(super) obligation: String,
    pub(super) savings: String,
    pub(super) spread: String,
    pub(super) used: String,
    /// What of it is used at least in nine of ten futures.
    pub(super) least: String,
    pub(super) breaks_even: String,
    /// Sentences.
    pub(super) why: Vec<String>,
}

/// What becomes of something held.
pub(super) struct ChangeLine {
    pub(super) number: usize,
    pub(super) action: String,
    pub(super) what: String,
    pub(super) id: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) money_now: String,
    pub(super) savings: String,
    pub(super) spread: String,
    pub(super) deadline: String,
    pub(super) why: Vec<String>,
}

/// Something held that ends soon.
pub(super) struct EndLine {
    pub(super) id: String,
    pub(super) ends: String,
    pub(super) hourly: String,
    pub(super) becomes: String,
}

/// A way to buy beside the proposal.
pub(super) struct Compared {
    pub(super) name: String,
    pub(super) purchases: usize,
    pub(super) left_out: usize,
    pub(super) savings: String,
    pub(super) spread: String,
    pub(super) hourly: String,
    pub(super) upfront: String,
    pub(super) obligation: String,
    pub(super) lowest: String,
    pub(super) aws_says: String,
    pub(super) notes: Vec<String>,
}

/// A figure before and after.
pub(super) struct StandingLine {
    pub(super) name: String,
    pub(super) before: String,
    pub(super) after: String,
}

/// A figure of the proposal, and of what would be bought instead.
pub(super) struct WhatIfLine {
    pub(super) name: String,
    pub(super) proposed: String,
    pub(super) instead: String,
    pub(super) difference: String,
}

/// An amount as it stands in the document; what is none is shown as it is.
fn figure(text: &str) -> String {
    text.parse::<Money>().map_or_else(|_| text.to_owned(), show::amount)
}

/// A share of 1 as it stands in the document.
pub(super) fn share(text: &str) -> String {
    let percent = |share: Money| show::percent(Ratio::of_money(share, Money::from_whole(1)));
    text.parse::<Money>().map_or_else(|_| text.to_owned(), percent)
}

/// What a sum over some hours is by the month.
fn monthly(sum: Money, hours: usize) -> Money {
    sum.share(MONTH_HOURS, hours.max(1) as i128, Rounding::HalfEven)
}

fn between(spread: &Spread) -> String {
    format!("{} to {}", figure(&spread.p10), figure(&spread.p90))
}

pub(super) fn tiles(proposal: &Proposal) -> Vec<Tile> {
    let (summary, currency) = (&proposal.summary, &proposal.prices.currency);
    vec![
        Tile {
            name: "Saves a month",
            value: format!("{} {currency}", show::maybe(proposal.monthly_savings())),
            of: "as expected, while all steps run: of each what it saves over its own term".to_owned(),
        },
        Tile {
            name: "Saves over the term",
            value: format!("{} {currency}", figure(&summary.savings.expected)),
            of: format!(
                "{} in eight of ten futures; {} of what buying nothing costs over the {} days looked ahead",
                between(&summary.savings),
                share(&summary.savings_share),
                proposal.outlook.horizon_hours / 24
            ),
        },
        Tile {
            name: "Costs at once",
            value: format!("{} {currency}", figure(&summary.upfront)),
            of: format!("paid on the days of purchase; {} {currency} committed by the hour", figure(&summary.commitment_per_hour)),
        },
        Tile {
            name: "Lock-in",
            value: format!("{} {currency}", figure(&summary.obligation)),
            of: "owed from the purchases to their ends, used or not".to_owned(),
        },
        Tile {
            name: "Room for better",
            value: share(&proposal.certificate.gap),
            of: "of what buying nothing costs, at most: this is proved".to_owned(),
        },
    ]
}

/// How good it is, in sentences.
pub(super) fn certificate(proposal: &Proposal) -> Vec<String> {
    let (certificate, outlook, currency) = (&proposal.certificate, &proposal.outlook, &proposal.prices.currency);
    vec![
        format!(
            "Paid on demand, beyond what is held, the usage looked at costs {} {currency} over {} days: the mean of {} futures, each billed hour by hour \
             as AWS bills it. {}",
            figure(&certificate.nothing),
            outlook.horizon_hours / 24,
            outlook.scenarios,
            costs(proposal)
        ),
        format!(
            "What is minimized adds {} for the interest on what is paid ahead, {}. Together: {}.",
            figure(&certificate.capital),
            risk(proposal),
            figure(&certificate.objective)
        ),
        format!(
            "Nothing that this policy allows can come out below {}. So the best there is would be better by {} at most, which is {} of what buying \
             nothing costs.",
            figure(&certificate.bound),
            gap(&certificate.objective, &certificate.bound),
            share(&certificate.gap)
        ),
        format!("The proof covers: {}", certificate.covers),
    ]
}

/// What it costs: of the steps alone, which is what the savings are of, and with what is assumed of later proposals, which is what the proof is of.
fn costs(proposal: &Proposal) -> String {
    let (certificate, currency) = (&proposal.certificate, &proposal.prices.currency);
    if proposal.later.is_empty() {
        return format!("With this proposal it costs {} {currency}.", figure(&certificate.expected_cost));
    }
    let alone = minus(&certificate.nothing, &proposal.summary.savings.expected);
    let purchases = match proposal.later.len() {
        1 => "the purchase".to_owned(),
        many => format!("the {many} purchases"),
    };
    format!(
        "With the steps of this proposal alone it costs {} {currency}. With {purchases} assumed of later proposals, which the proof counts too, it costs {} \
         {currency}.",
        show::maybe(alone),
        figure(&certificate.expected_cost)
    )
}

/// What bad futures count, in words: it is negative where even they come out cheaper than buying nothing.
fn risk(proposal: &Proposal) -> String {
    let (counts, rule) = (&proposal.certificate.risk, proposal.policy.risk);
    let risk = counts.parse::<Money>().unwrap_or(Money::ZERO);
    let (tail, weight) = (rule.tail, rule.weight);
    // The proof, and so the risk, is of what later proposals are assumed to buy as well.
    let all = if proposal.later.is_empty() { "" } else { " with all of these" };
    if risk < Money::ZERO {
        let less = show::amount(risk.abs());
        return format!("less {less}: even in the worst {tail} of futures it saves{all} on the mean, and that counts {weight} times");
    }
    format!("and {} for bad futures: what the worst {tail} of them lose{all} on the mean, counted {weight} times", figure(counts))
}

/// One amount less another.
fn minus(from: &str, less: &str) -> Option<Money> {
    let read = |text: &str| text.parse::<Money>().ok();
    read(from).zip(read(less)).map(|(from, less)| from - less)
}

/// How far one amount lies above another.
fn gap(above: &str, below: &str) -> String {
    show::maybe(minus(above, below).map(|gap| gap.max(Money::ZERO)))
}

pub(super) fn step(step: &Step, policy: &Policy) -> StepLine {
    let mut why = vec![step.reason.clone()];
    if let Some(next) = &step.next_best {
        why.push(format!("Next best: {}, which costs {} more in {} futures.", next.what, figure(&next.costs_more), next.scenarios));
    }
    if let Some(days) = &step.payback_days {
        why.push(format!("What it saves has paid for all that is owed after {days} days, as expected."));
    }
    if step.slices.len() > 1 {
        why.push(format!("Bought in {} parts.", step.slices.len()));
    }
    let returnable = step.returnable_parts(policy.purchase.returns_left);
    if let Some(until) = step.returnable_until.as_ref().filter(|_| returnable > 0) {
        why.push(format!("It can be returned until {until}: {returnable} of {} parts.", step.slices.len()));
    }
    // What an order signs, to the last digit.
    let exact = |text: &str| text.parse::<Money>().map_or_else(|_| text.to_owned(), show::exact);
    let (hourly, upfront) = (exact(&step.ceiling_hourly), exact(&step.ceiling_upfront));
    why.push(format!("It must not be bought above {hourly} an hour or {upfront} at once. Price: {}.", step.price_source));
    StepLine {
        number: step.number,
        action: match step.action.as_str() {
            "queue" => "queue",
            "buy-then" => "buy on the day",
            _ => "buy",
        },
        what: step.what.clone(),
        account: step.account.clone(),
        starts: step.starts.clone(),
        hourly: figure(&step.cost_per_hour),
        cash: figure(&step.cash),
        obligation: figure(&step.obligation),
        savings: figure(&step.savings.expected),
        spread: between(&step.savings),
        used: share(&step.utilization.expected),
        least: share(&step.utilization.p10),
        breaks_even: step.break_even_utilization.as_deref().map_or_else(|| show::NOTHING.to_owned(), share),
        why,
    }
}

pub(super) fn change(change: &HeldStep) -> ChangeLine {
    ChangeLine {
        number: change.number,
        action: change.action.clone(),
        what: change.what.clone(),
        id: change.id.clone(),
        from: change.from.clone(),
        to: change.to.clone(),
        money_now: figure(&change.money_now),
        savings: figure(&change.savings.expected),
        spread: between(&change.savings),
        deadline: change.deadline.clone().unwrap_or_else(|| show::NOTHING.to_owned()),
        why: std::iter::once(&change.reason).chain(&change.conditions).cloned().collect(),
    }
}

pub(super) fn end(end: &Ending) -> EndLine {
    let by: Vec<String> = end.replaced_by.iter().map(ToString::to_string).collect();
    let becomes =
        if by.is_empty() { "ends, and nothing takes its place".to_owned() } else { format!("replaced by step {}", by.join(", ")) };
    EndLine { id: end.id.clone(), ends: end.ends.clone(), hourly: figure(&end.cost_per_hour), becomes }
}

pub(super) fn compared(candidate: &Candidate) -> Compared {
    let maybe = |text: Option<&str>, told: fn(&str) -> String| text.map_or_else(|| show::NOTHING.to_owned(), told);
    Compared {
        name: candidate.name.clone(),
        purchases: candidate.purchases,
        left_out: candidate.left_out,
        savings: figure(&candidate.savings.expected),
        spread: between(&candidate.savings),
        hourly: figure(&candidate.commitment_per_hour),
        upfront: figure(&candidate.upfront),
        obligation: figure(&candidate.obligation),
        lowest: maybe(candidate.lowest_utilization.as_deref(), share),
        aws_says: maybe(candidate.aws_monthly_savings.as_deref(), figure),
        notes: candidate.breaks.iter().map(|limit| format!("Breaks a limit: {limit}")).chain(candidate.notes.iter().cloned()).collect(),
    }
}

pub(super) fn facts(proposal: &Proposal) -> Vec<Fact> {
    let (outlook, prices) = (&proposal.outlook, &proposal.prices);
    let fact = |name, value| Fact { name, value, is_hash: false };
    let hash = |name, value: &String| Fact { name, value: value.clone(), is_hash: true };
    vec![
        hash("Content hash, which an order names", &proposal.id),
        hash("Hash of the inputs", &proposal.inputs),
        fact("Decided as of", proposal.as_of.clone()),
        fact("Prices", format!("version {} of {}, {} ({})", show::short(&prices.version), prices.date, prices.currency, prices.basis)),
        fact(
            "Computed from",
            format!(
                "{} hours of history, {} pools of usage, {} offers, {} futures from seed {}",
                outlook.history_hours, outlook.pools, outlook.choices, outlook.scenarios, outlook.seed
            ),
        ),
    ]
}

/// What changes in how usage is paid for until something of what is bought ends: estimates.
pub(super) fn standing(outcome: &Outcome, currency: &str) -> Vec<StandingLine> {
    let line = |name: &str, of: &dyn Fn(&Standing) -> String| StandingLine {
        name: name.to_owned(),
        before: of(&outcome.before),
        after: of(&outcome.after),
    };
    let percent = |part: Money, whole: Money| show::percent(Ratio::of_money(part, whole));
    vec![
        line(&format!("Spend a month ({currency})"), &|standing| show::amount(monthly(standing.spend, outcome.standing_hours))),
        line("Coverage, at list prices", &|standing| percent(standing.covered, standing.list)),
        line("Utilization of commitments", &|standing| percent(standing.committed - standing.unused, standing.committed)),
        line("Effective savings rate", &|standing| percent(standing.list - standing.spend, standing.list)),
    ]
}

/// The proposal beside what would be bought instead.
pub(super) fn what_if(found: &WhatIf, currency: &str) -> Vec<WhatIfLine> {
    let (proposed, instead) = (&found.proposed, &found.instead);
    let line = |name: &str, of: &dyn Fn(&Outcome) -> Money| {
        let (one, other) = (of(proposed), of(instead));
        let sign = if other > one { "+" } else { "" };
        WhatIfLine {
            name: format!("{name} ({currency})"),
            proposed: show::amount(one),
            instead: show::amount(other),
            difference: format!("{sign}{}", show::amount(other - one)),
        }
    };
    vec![
        line("Saves, as expected", &Outcome::expected),
        line("Saves in one of ten worse futures, at most", &Outcome::p10),
        line("Commitment an hour", &|outcome| outcome.commitment_per_hour),
        line("Cash at once", &|outcome| outcome.upfront),
        line("Lock-in", &|outcome| outcome.obligation),
    ]
}

#[cfg(test)]
mod tests {
    use super::certificate;
    use crate::tests::proposals::proposal;
    use tenor_propose::proposal::Later;

    #[test]
    fn what_later_proposals_are_assumed_to_buy_is_told_apart_from_the_steps() {
        let mut proposal = proposal();
        let later = Later { what: "a plan".to_owned(), starts: "2027-01-20T00:00Z".to_owned(), cost_per_hour: "1".to_owned() };
        proposal.later = vec![later.clone(), later];
        "20000".clone_into(&mut proposal.certificate.expected_cost);
        "50".clone_into(&mut proposal.certificate.risk);
        insta::assert_snapshot!(certificate(&proposal)[..2].join("\n"), @"
        Paid on demand, beyond what is held, the usage looked at costs 26,280.00 USD over 365 days: the mean of 16 futures, each billed hour by hour as AWS bills it. With the steps of this proposal alone it costs 21,900.00 USD. With the 2 purchases assumed of later proposals, which the proof counts too, it costs 20,000.00 USD.
        What is minimized adds 0.00 for the interest on what is paid ahead, and 50.00 for bad futures: what the worst 10% of them lose with all of these on the mean, counted 0.5 times. Together: 21,800.00.
        ");
        "-50".clone_into(&mut proposal.certificate.risk);
        let told = certificate(&proposal);
        assert!(told[1].contains("less 50.00: even in the worst 10% of futures it saves with all of these on the mean"), "{}", told[1]);
    }
}
