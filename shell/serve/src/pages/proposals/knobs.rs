//! The knobs of a what-if, as sliders of a form that needs no script, and as an address says them.

use crate::ask::Pairs;
use crate::proposals::{Cap, Knobs};
use crate::show;
use tenor_money::{Money, Quantity, Rounding};
use tenor_propose::proposal::{Portion, Proposal, Term, Upfront};

/// The worst futures count at most so much, as a policy has it.
const WEIGHT_MAX: i64 = 100;
/// As far as the slider of it goes, unless the policy has more: what hardly anybody fears more than.
const WEIGHT_SHOWN: i64 = 10;

/// What is said at the right end of a limit.
const NO_LIMIT: &str = "no limit";

/// An input of the form.
pub(super) struct Slider {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) value: String,
    pub(super) most: String,
    /// What it stands at, in words: where no script runs, that is all that is said.
    pub(super) told: String,
    /// What is said behind its number while it is moved, and in its place at the right end, if anything.
    pub(super) unit: String,
    pub(super) free: &'static str,
}

/// A choice among words.
pub(super) struct Select {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    /// Each with whether it is chosen.
    pub(super) words: Vec<(&'static str, bool)>,
}

/// A limit of the policy that has a slider.
struct Limit {
    name: &'static str,
    label: &'static str,
    now: Option<Money>,
    /// The right end, where there is no limit.
    most: Money,
}

/// What is wrong with a knob, and what to do about it.
type Wrong = (String, String);

/// The right end is twice the limit, or twice what is bought; of a proposal that buys nothing it is what all usage costs.
fn limits(proposal: &Proposal) -> [Limit; 3] {
    let (limits, summary) = (&proposal.policy.limits, &proposal.summary);
    let read = |text: &str| text.parse::<Money>().unwrap_or_default();
    let list = read(&summary.list_cost_per_hour).max(Money::from_whole(1));
    let most = |now: Option<Money>, bought: &str, else_most: Money| {
        let base = now.filter(|now| !now.is_zero()).unwrap_or_else(|| read(bought));
        let most = if base <= Money::ZERO { else_most } else { base + base };
        most.round_to(2, Rounding::Ceiling)
    };
    let year = list.share(8_760, 1, Rounding::HalfEven);
    [
        Limit {
            name: "hourly",
            label: "Commitment an hour, at most",
            now: limits.hourly,
            most: most(limits.hourly, &summary.commitment_per_hour, list),
        },
        Limit { name: "upfront", label: "Cash at once, at most", now: limits.upfront, most: most(limits.upfront, &summary.upfront, year) },
        Limit {
            name: "obligation",
            label: "Lock-in, at most",
            now: limits.obligation,
            most: most(limits.obligation, &summary.obligation, year),
        },
    ]
}

/// The sliders, where the address has them, else where the policy does.
pub(super) fn sliders(query: &Pairs, proposal: &Proposal) -> Vec<Slider> {
    let policy = &proposal.policy;
    let of_limit = |limit: Limit| {
        let asked = query.get(limit.name).and_then(|text| text.parse::<Money>().ok());
        let value = asked.or(limit.now).unwrap_or(limit.most).min(limit.most);
        let unit = format!(" {}", proposal.prices.currency);
        let told = if value >= limit.most { NO_LIMIT.to_owned() } else { format!("{}{unit}", show::amount(value)) };
        Slider { name: limit.name, label: limit.label, value: value.to_string(), most: limit.most.to_string(), told, unit, free: NO_LIMIT }
    };
    let mut sliders: Vec<Slider> = limits(proposal).into_iter().map(of_limit).collect();
    let weight: Quantity = query.get("weight").and_then(|text| weight(text).ok()).unwrap_or(policy.risk.weight);
    sliders.push(Slider {
        name: "weight",
        label: "How much bad futures count",
        value: weight.to_string(),
        most: weight.max(policy.risk.weight).max(Quantity::from_whole(WEIGHT_SHOWN)).to_string(),
        told: format!("{weight} times, beside the mean"),
        unit: " times, beside the mean".to_owned(),
        free: "",
    });
    let percent = policy.utilization.at_least.to_string();
    let at_least = query.get("at_least").unwrap_or_else(|| percent.trim_end_matches('%'));
    sliders.push(Slider {
        name: "at_least",
        label: "Each purchase has to be used",
        value: at_least.to_owned(),
        most: "100".to_owned(),
        told: format!("{at_least} %"),
        unit: " %".to_owned(),
        free: "",
    });
    sliders
}

/// The choices, as the address has them.
pub(super) fn selects(query: &Pairs) -> Vec<Select> {
    let select = |name: &'static str, label: &'static str, words: &[&'static str]| {
        let chosen = query.get(name).unwrap_or_default();
        Select { name, label, words: words.iter().map(|word| (*word, *word == chosen)).collect() }
    };
    vec![
        select("term", "Only this term", &["1yr", "3yr"]),
        select("payment", "Only paid so", &["No Upfront", "Partial Upfront", "All Upfront"]),
    ]
}

/// The knobs that an address turns; none where it turns none. A form sends all of its sliders: one that stands where the policy has it turns nothing.
pub(super) fn read(query: &Pairs, proposal: &Proposal) -> Result<Option<Knobs>, Wrong> {
    let cap = |limit: &Limit| -> Result<Option<Cap>, Wrong> {
        let Some(text) = query.get(limit.name) else { return Ok(None) };
        let asked = text.parse::<Money>().ok().filter(|asked| *asked >= Money::ZERO);
        let asked = asked.ok_or_else(|| wrong(limit.name, text, "write an amount: 0 or more"))?;
        let (asked, now) = (if asked >= limit.most { Cap::Free } else { Cap::AtMost(asked) }, limit.now.map_or(Cap::Free, Cap::AtMost));
        Ok((asked != now).then_some(asked))
    };
    let ([hourly, upfront, obligation], policy) = (&limits(proposal), &proposal.policy);
    let knobs = Knobs {
        hourly: cap(hourly)?,
        upfront: cap(upfront)?,
        obligation: cap(obligation)?,
        weight: query.get("weight").map(weight).transpose()?.filter(|asked| *asked != policy.risk.weight),
        at_least: query.get("at_least").map(at_least).transpose()?.filter(|asked| *asked != policy.utilization.at_least),
        term: query.get("term").map(term).transpose()?,
        payment: query.get("payment").map(payment).transpose()?,
    };
    Ok((knobs != Knobs::default()).then_some(knobs))
}

fn wrong(name: &str, text: &str, hint: &str) -> Wrong {
    let shown: String = text.chars().take(40).collect();
    (format!("`{name}` is never `{shown}`"), hint.to_owned())
}

fn weight(text: &str) -> Result<Quantity, Wrong> {
    let asked = text.parse::<Quantity>().ok().filter(|asked| *asked >= Quantity::ZERO && *asked <= Quantity::from_whole(WEIGHT_MAX));
    asked.ok_or_else(|| wrong("weight", text, "write a number from 0 to 100"))
}

/// As a number of percent, with or without the sign.
fn at_least(text: &str) -> Result<Portion, Wrong> {
    let number = text.trim_end_matches('%').trim();
    format!("{number}%").parse().map_err(|_| wrong("at_least", text, "write a number of percent, from 0 to 100"))
}

fn term(text: &str) -> Result<Term, Wrong> {
    match text {
        "1yr" => Ok(Term::OneYear),
        "3yr" => Ok(Term::ThreeYears),
        _ => Err(wrong("term", text, "write 1yr or 3yr")),
    }
}

fn payment(text: &str) -> Result<Upfront, Wrong> {
    match text {
        "No Upfront" => Ok(Upfront::Nothing),
        "Partial Upfront" => Ok(Upfront::Partial),
        "All Upfront" => Ok(Upfront::All),
        _ => Err(wrong("payment", text, "write No Upfront, Partial Upfront or All Upfront")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Slider, read, sliders};
    use crate::ask::Pairs;
    use crate::proposals::{Cap, Knobs};
    use crate::tests::proposals::proposal;

    /// What a form sends where one slider is moved.
    fn sent(sliders: &[Slider], moved: &str, to: &str) -> Pairs {
        let value = |slider: &Slider| if slider.name == moved { to.to_owned() } else { slider.value.clone() };
        Pairs(sliders.iter().map(|slider| (slider.name.to_owned(), value(slider))).collect())
    }

    #[test]
    fn a_slider_that_was_not_moved_turns_nothing_wherever_the_policy_has_it() {
        let mut proposal = proposal();
        for (weight, at_least, hourly) in [("0.3", "92.5%", "1.333"), ("20", "80%", "0"), ("0", "0%", "2")] {
            let policy = &mut proposal.policy;
            policy.risk.weight = weight.parse().unwrap();
            policy.utilization.at_least = at_least.parse().unwrap();
            policy.limits.hourly = Some(hourly.parse().unwrap());
            let shown = sliders(&Pairs(Vec::new()), &proposal);
            for slider in &shown {
                let amount = |text: &str| text.parse::<tenor_money::Money>().unwrap();
                assert!(amount(&slider.value) <= amount(&slider.most), "{}: a browser would move it to {}", slider.name, slider.most);
            }
            assert_eq!(read(&sent(&shown, "", ""), &proposal), Ok(None));
            let knobs = read(&sent(&shown, "obligation", "100"), &proposal);
            assert_eq!(knobs, Ok(Some(Knobs { obligation: Some(Cap::AtMost("100".parse().unwrap())), ..Knobs::default() })));
            // The address keeps what was asked, and so does the form.
            let asked = sent(&shown, "weight", "0.7");
            let again = sliders(&asked, &proposal);
            assert_eq!(again.iter().find(|slider| slider.name == "weight").unwrap().value, "0.7");
            assert_eq!(read(&sent(&again, "", ""), &proposal), read(&asked, &proposal));
        }
    }
}
