//! Which of the owner's limits some purchases break, in words; counted exactly, from what the simulation says.

use crate::proposal::choices::Goods;
use crate::proposal::limits::broken_limits;
use crate::proposal::price::{Priced, Pricing, Purchase};
use crate::proposal::steps::utilization;
use std::collections::BTreeSet;

/// All limits that are broken.
pub(super) fn broken(pricing: &Pricing<'_>, purchases: &[Purchase], priced: &Priced) -> Vec<String> {
    let mut broken = forbidden(pricing, purchases);
    broken.extend(broken_limits(pricing.inputs, pricing.choices, purchases));
    let rule = pricing.inputs.policy.utilization;
    let idle = (0..purchases.len()).filter(|place| !rule.is_kept(&utilization(pricing, purchases, priced, *place))).count();
    if idle > 0 {
        let of = purchases.len();
        broken.push(format!("{idle} of {of} purchases are not used for {} in {} of the futures", rule.at_least, rule.probability));
    }
    broken
}

/// What the policy does not let be bought at all, each kind of it once.
fn forbidden(pricing: &Pricing<'_>, purchases: &[Purchase]) -> Vec<String> {
    let inputs = pricing.inputs;
    let (mut kinds, mut groups) = (BTreeSet::new(), BTreeSet::new());
    for purchase in purchases {
        let choice = &pricing.choices[purchase.choice];
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
