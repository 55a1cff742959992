//! Whether the usage that justified an order is still there: what the lake knows now, beside what the proposal was made from.

use super::scope;
use crate::context::Context;
use crate::lake;
use crate::propose;
use crate::report::Refused;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use tenor_execute::{Demand, Terms};
use tenor_ledger::{Moment, ProposalId, Text};
use tenor_money::{Money, UnitPrice};
use tenor_order::{Action, Order, Reading, Step};
use tenor_price_list::Store;
use tenor_propose::proposal::{Inputs, UsedSku};

/// Usage is looked at over so many hours: a week has all its days.
const HOURS: usize = 7 * 24;

/// What was used when the proposal was made, and lately, held against the owner's terms.
pub(super) struct LakeDemand<'a> {
    read: &'a LakeUsage,
    drop_percent_max: u32,
    days_max: u32,
}

/// What was used, whatever the terms are; nothing where nothing has to be.
pub(super) struct LakeUsage(Result<Option<Usage>, Text>);

struct Usage {
    then: Inputs,
    lately: Inputs,
    at: Moment,
}

impl LakeUsage {
    /// Reads the lake, and the inputs that the proposal recorded. What cannot be read refuses later, step by step.
    pub(super) fn read(context: &Context, order: &Order) -> Self {
        // What a person orders by hand is justified by that person.
        if order.proposal() == ProposalId::from_bytes([0; 32]) || !order.steps().iter().any(|step| step.action.commits()) {
            return Self(Ok(None));
        }
        let read = || -> anyhow::Result<Usage> {
            let kept = propose::read_as(&propose::folder_of(context, order.proposal()), order.proposal())?;
            let then = propose::recorded(&kept.path, kept.inputs_hash())?;
            let lately = lately(context, &then)?;
            Ok(Usage { then, lately, at: Moment(context.now()) })
        };
        Self(read().map(Some).map_err(|error| Text::fitted(&format!("the usage cannot be read: {error:#}"))))
    }

    /// Whether it is to be read anew before a step is judged by it: it could not be read, or has half the age or more at which the guard rails refuse it.
    pub(super) fn is_old(&self, terms: &Terms, now: Moment) -> bool {
        let half = SignedDuration::from_secs(30 * i64::from(terms.rails.reading_minutes_max));
        match &self.0 {
            Err(_) => true,
            Ok(None) => false,
            // A clock that was put back says nothing of its age.
            Ok(Some(usage)) => now < usage.at || now.0.duration_since(usage.at.0) >= half,
        }
    }

    /// Under the terms that hold.
    pub(super) const fn under(&self, terms: &Terms) -> LakeDemand<'_> {
        LakeDemand { read: self, drop_percent_max: terms.demand_drop_percent_max, days_max: terms.usage_days_max }
    }
}

impl Demand for LakeDemand<'_> {
    fn gone(&self, _: &Order, step: &Step, now: Moment) -> Reading<Option<Text>> {
        let usage = match &self.read.0 {
            Err(why) => return Reading::Unread(why.clone()),
            Ok(None) => return Reading::Read(now, None),
            Ok(Some(usage)) => usage,
        };
        let known_until = end(&usage.lately);
        let oldest = SignedDuration::from_hours(24 * i64::from(self.days_max));
        if known_until.is_none_or(|until| now.0.duration_since(until) > oldest) {
            let until = known_until.map(|until| until.to_string()).unwrap_or_default();
            let why =
                format!("the newest usage known is of {until}, and it may be {} days old at most: import the bill again", self.days_max);
            return Reading::Unread(Text::fitted(&why));
        }
        let covered = scope::covered(step, &usage.then, &usage.lately);
        if covered.is_empty() && step.action != Action::Exchange {
            return Reading::Read(usage.at, Some(Text::fitted("nothing that is used, or was when it was proposed, is covered by it")));
        }
        let of = |sku: &UsedSku| covered.contains(sku.name.as_str());
        let (then, lately) = (usage.then.lately(HOURS, of), usage.lately.lately(HOURS, of));
        let least = Money::from_units(then.units() * i128::from(100_u32.saturating_sub(self.drop_percent_max)) / 100);
        let gone = (lately < least)
            .then(|| Text::fitted(&format!("what it covers cost {lately} an hour on demand last week, and {then} when it was proposed")));
        Reading::Read(usage.at, gone)
    }
}

/// What is used now, of the payer of a proposal and at its prices: dearer or cheaper is not more or less usage.
fn lately(context: &Context, then: &Inputs) -> anyhow::Result<Inputs> {
    let version = &then.prices.version;
    let is_kept = Store::new(context.prices()).find(Some(version.as_str())).is_ok();
    let prices = is_kept.then(|| version.clone());
    let engine = lake::engine(context, None)?;
    let payers: BTreeSet<String> = engine.snapshot().periods.iter().map(|held| held.key.payer.to_string()).collect();
    let of = |payer: Option<String>| propose::inputs(context, &propose::Args { prices: prices.clone(), payer, ..propose::Args::default() });
    let mut lately = match payer_of(then, &payers) {
        // Without a word on who pays it is whoever's bill has the accounts of the proposal.
        None if payers.len() > 1 => {
            let read = payers.iter().map(|payer| of(Some(payer.clone()))).collect::<anyhow::Result<Vec<_>>>()?;
            let mut found = read.into_iter().filter(|inputs| shares_accounts(then, inputs));
            let only = found.next().filter(|_| found.next().is_none());
            only.ok_or_else(|| Refused::new("nobody can tell of which of several payers the proposal is").hint("make a new proposal"))?
        }
        payer => of(payer)?,
    };
    // What is new since has its own price.
    let known: BTreeMap<&str, UnitPrice> = then.skus.iter().map(|sku| (sku.name.as_str(), sku.on_demand)).collect();
    for sku in &mut lately.skus {
        sku.on_demand = known.get(sku.name.as_str()).copied().unwrap_or(sku.on_demand);
    }
    Ok(lately)
}

/// The one of several payers that a proposal is of: as it recorded, or without that whoever buys for those who share.
fn payer_of(then: &Inputs, payers: &BTreeSet<String>) -> Option<String> {
    if then.payer.is_some() {
        return then.payer.clone();
    }
    let buyers: BTreeSet<&String> = then.classes.iter().map(|class| &class.buyer).collect();
    let mut found = payers.iter().filter(|payer| buyers.contains(payer));
    let first = found.next();
    first.filter(|_| found.next().is_none()).cloned()
}

fn shares_accounts(one: &Inputs, other: &Inputs) -> bool {
    !propose::accounts(one).is_disjoint(&propose::accounts(other))
}

/// The end of the last hour known.
fn end(inputs: &Inputs) -> Option<Timestamp> {
    let hours = inputs.first.checked_add(i64::try_from(inputs.hours).ok()?)?;
    Timestamp::from_second(hours.checked_mul(3_600)?).ok()
}

#[cfg(test)]
mod tests {
    use super::super::scope::tests::inputs;
    use super::{LakeUsage, Usage, payer_of, shares_accounts};
    use jiff::{SignedDuration, Timestamp};
    use std::collections::BTreeSet;
    use tenor_execute::Terms;
    use tenor_ledger::{Moment, Text};
    use tenor_propose::proposal::{Class, Inputs};

    fn of(payer: Option<&str>, buyer: &str) -> Inputs {
        let class = Class { name: String::new(), buyer: buyer.to_owned(), may_buy: true };
        Inputs { payer: payer.map(str::to_owned), classes: vec![class], ..inputs(&[], &[]) }
    }

    #[test]
    fn usage_is_read_anew_at_half_the_age_that_the_terms_allow_and_after_an_error() {
        let terms = Terms::read("reading_minutes_max = 15\n").unwrap();
        let after = |seconds| Moment(Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds));
        let usage = LakeUsage(Ok(Some(Usage { then: inputs(&[], &[]), lately: inputs(&[], &[]), at: after(0) })));
        assert_eq!([-1, 0, 449, 450].map(|seconds| usage.is_old(&terms, after(seconds))), [true, false, false, true]);
        assert!(LakeUsage(Err(Text::fitted("no"))).is_old(&terms, after(0)));
        assert!(!LakeUsage(Ok(None)).is_old(&terms, after(9_999)));
    }

    #[test]
    fn a_proposal_is_of_the_payer_that_it_recorded_whoever_buys_for_it() {
        let payers = BTreeSet::from(["111".to_owned(), "222".to_owned()]);
        let found = |inputs: &Inputs| payer_of(inputs, &payers).unwrap_or_else(|| "nobody".to_owned());
        assert_eq!(found(&of(Some("222"), "333")), "222");
        // As proposals were before: who buys may pay, or be one of those for whom it does.
        assert_eq!(found(&of(None, "111")), "111");
        assert_eq!(found(&of(None, "333")), "nobody");
        assert!(shares_accounts(&of(None, "333"), &of(Some("222"), "333")));
        assert!(!shares_accounts(&of(None, "333"), &of(Some("222"), "444")));
    }
}
