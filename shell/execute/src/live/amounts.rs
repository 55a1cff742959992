//! What all of a step costs, from what one costs.

use super::unread;
use crate::aws::Unread;
use tenor_aws::client::Client;
use tenor_aws::reads::reserved::{Recurring, hourly};
use tenor_ledger::Text;
use tenor_money::{Money, Rounding, UnitPrice};
use tenor_order::term_hours;
use tenor_propose::proposal::{Term, Upfront};

/// By the hour, and at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Amounts {
    pub(super) hourly: Money,
    pub(super) upfront: Money,
}

impl Amounts {
    /// Of so many, if one costs so much.
    pub(super) fn of(count: u32, upfront: Money, recurring: &[Recurring], usage: Option<UnitPrice>) -> Result<Self, Unread> {
        let each = hourly(recurring, usage).ok_or_else(|| unread("it is charged by something else than the hour"))?;
        let all = |units: i128| Money::from_units(units.saturating_mul(i128::from(count)));
        Ok(Self { hourly: all(each.units()), upfront: all(upfront.units()) })
    }

    /// Of a plan. Of one that is paid in part, half is paid at once, rounded up to whole dollars: AWS takes whole numbers from 50 to 99 percent, and
    /// the call says which. Source: `[BOTO:savingsplans]`.
    pub(super) fn of_plan(commitment: Money, term: Term, payment: Upfront) -> Self {
        let hours = term_hours(term);
        let total = Money::from_units(commitment.units().saturating_mul(hours)).round_to(2, Rounding::HalfEven);
        match payment {
            Upfront::Nothing => Self { hourly: commitment, upfront: Money::ZERO },
            Upfront::All => Self { hourly: Money::ZERO, upfront: total },
            Upfront::Partial => {
                let upfront = total.share(1, 2, Rounding::HalfEven).round_to(0, Rounding::Ceiling);
                Self { hourly: (total - upfront).share(1, hours, Rounding::HalfEven).round_to(8, Rounding::HalfEven), upfront }
            }
        }
    }
}

/// The currency of an offering; of one that says none, that of all in its partition. Source: `aws-rules` 0.
pub(super) fn currency(client: &Client, said: Option<&str>) -> Text {
    let usual = if client.place().partition() == "aws-cn" { "CNY" } else { "USD" };
    Text::fitted(said.unwrap_or(usual))
}

#[cfg(test)]
mod tests {
    use super::Amounts;
    use tenor_propose::proposal::{Term, Upfront};

    #[test]
    fn a_plan_is_paid_by_the_hour_or_at_once_or_half_and_half() {
        let mut told = Vec::new();
        for commitment in ["1.5", "0.001", "0.33333"] {
            for payment in [Upfront::Nothing, Upfront::Partial, Upfront::All] {
                for term in [Term::OneYear, Term::ThreeYears] {
                    let Amounts { hourly, upfront } = Amounts::of_plan(commitment.parse().unwrap(), term, payment);
                    told.push(format!("{commitment} {term:?} {payment:?}: {hourly} an hour, {upfront} at once"));
                }
            }
        }
        insta::assert_snapshot!(told.join("\n"), @"
        1.5 OneYear Nothing: 1.5 an hour, 0 at once
        1.5 ThreeYears Nothing: 1.5 an hour, 0 at once
        1.5 OneYear Partial: 0.75 an hour, 6570 at once
        1.5 ThreeYears Partial: 0.75 an hour, 19710 at once
        1.5 OneYear All: 0 an hour, 13140 at once
        1.5 ThreeYears All: 0 an hour, 39420 at once
        0.001 OneYear Nothing: 0.001 an hour, 0 at once
        0.001 ThreeYears Nothing: 0.001 an hour, 0 at once
        0.001 OneYear Partial: 0.00042922 an hour, 5 at once
        0.001 ThreeYears Partial: 0.00046728 an hour, 14 at once
        0.001 OneYear All: 0 an hour, 8.76 at once
        0.001 ThreeYears All: 0 an hour, 26.28 at once
        0.33333 OneYear Nothing: 0.33333 an hour, 0 at once
        0.33333 ThreeYears Nothing: 0.33333 an hour, 0 at once
        0.33333 OneYear Partial: 0.16666324 an hour, 1460 at once
        0.33333 ThreeYears Partial: 0.16666324 an hour, 4380 at once
        0.33333 OneYear All: 0 an hour, 2919.97 at once
        0.33333 ThreeYears All: 0 an hour, 8759.91 at once
        ");
    }
}
