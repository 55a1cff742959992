//! Which of the owner's limits some purchases break, in words; counted exactly, from what the simulation says.

use crate::proposal::choices::{Choice, Goods, base, ending, month_of_end};
use crate::proposal::figures::amount;
use crate::proposal::price::{Priced, Pricing, Purchase};
use crate::proposal::steps::utilization;
use std::collections::BTreeSet;
use tenor_money::{Money, Rounding};

/// All limits that are broken.
pub(super) fn broken(pricing: &Pricing<'_>, purchases: &[Purchase], priced: &Priced) -> Vec<String> {
    let (inputs, limits) = (pricing.inputs, &pricing.inputs.policy.limits);
    let bought = Bought { pricing, purchases };
    let mut broken = bought.forbidden();
    let sums = [
        ("commitment per hour", bought.sum(Purchase::hourly), limits.hourly),
        ("cash upfront", bought.sum(|purchase, choice| purchase.times(choice.upfront, choice)), limits.upfront),
        ("obligation", bought.sum(|purchase, choice| purchase.times(choice.obligation(), choice)), limits.obligation),
    ];
    for (what, sum, most) in sums {
        if let Some(most) = most.filter(|most| sum > *most) {
            broken.push(format!("{what} of {} is above the limit of {most}", amount(sum)));
        }
    }
    let list = base(inputs);
    if let Some(step) = limits.step.filter(|step| bought.sum(Purchase::hourly) > step.of(list, Rounding::Floor)) {
        let hourly = amount(bought.sum(Purchase::hourly));
        broken.push(format!("commitment per hour of {hourly} is above one step, {step} of the {} that usage costs at list", amount(list)));
    }
    if let Some(share) = limits.ending_in_a_month {
        let most = share.of(list, Rounding::Floor);
        let choices: Vec<Choice> = purchases.iter().map(|purchase| pricing.choices[purchase.choice].clone()).collect();
        for (month, held) in ending(inputs, &choices) {
            let in_month = |choice: &Choice| month_of_end(inputs, choice) == Some(month);
            let ends = bought.sum(|purchase, choice| if in_month(choice) { purchase.hourly(choice) } else { Money::ZERO });
            if ends > Money::ZERO && held + ends > most {
                let ends = amount(held + ends);
                broken.push(format!("{ends} an hour ends in {month}, above the limit of {share} of what usage costs at list"));
            }
        }
    }
    let rule = inputs.policy.utilization;
    let idle = (0..purchases.len()).filter(|place| !rule.is_kept(&utilization(pricing, purchases, priced, *place))).count();
    if idle > 0 {
        let of = purchases.len();
        broken.push(format!("{idle} of {of} purchases are not used for {} in {} of the futures", rule.at_least, rule.probability));
    }
    broken
}

struct Bought<'a> {
    pricing: &'a Pricing<'a>,
    purchases: &'a [Purchase],
}

impl Bought<'_> {
    fn sum(&self, of: impl Fn(&Purchase, &Choice) -> Money) -> Money {
        self.purchases.iter().map(|purchase| of(purchase, &self.pricing.choices[purchase.choice])).sum()
    }

    /// What the policy does not let be bought at all, each kind of it once.
    fn forbidden(&self) -> Vec<String> {
        let inputs = self.pricing.inputs;
        let (mut kinds, mut groups) = (BTreeSet::new(), BTreeSet::new());
        for purchase in self.purchases {
            let choice = &self.pricing.choices[purchase.choice];
            let (term, payment) = (choice.term, choice.payment);
            let (allowed, kind) = match choice.goods {
                Goods::Reservation { offer, .. } => {
                    let on_sale = &inputs.reserved[offer];
                    let (service, class) = (&inputs.skus[on_sale.sku].service, on_sale.class());
                    let kind = format!("{} reservations of {service}", class.as_str());
                    (inputs.policy.allows_reservation(service, class, term, payment), kind)
                }
                Goods::Plan { offer } => {
                    let on_sale = &inputs.plans[offer];
                    let allowed = on_sale.kind().is_some_and(|kind| inputs.policy.allows_plan(kind, term, payment));
                    (allowed, format!("{} Savings Plans", on_sale.kind))
                }
            };
            if !allowed {
                kinds.insert(format!("{kind}, {term} {payment}"));
            }
            let class = &inputs.classes[choice.class];
            if !class.may_buy {
                groups.insert(if class.name.is_empty() { class.buyer.clone() } else { class.name.clone() });
            }
        }
        let kinds = kinds.into_iter().map(|kind| format!("the policy does not allow {kind}"));
        kinds.chain(groups.into_iter().map(|group| format!("the policy lets no account buy for {group}"))).collect()
    }
}
