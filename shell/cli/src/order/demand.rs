//! Whether the usage that justified an order is still there: what the lake knows now, beside what the proposal was made from.

use crate::context::Context;
use crate::propose;
use jiff::{SignedDuration, Timestamp};
use tenor_execute::{Demand, Terms};
use tenor_ledger::{Moment, ProposalId, Text};
use tenor_money::Money;
use tenor_order::{Order, Reading, Service, Step};
use tenor_propose::proposal::{Inputs, Kind, UsedSku};

/// Usage is looked at over so many hours: a week has all its days.
const HOURS: usize = 7 * 24;

/// What was used when the proposal was made, and lately, held against the owner's terms.
pub(super) struct LakeDemand {
    read: LakeUsage,
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

impl LakeDemand {
    /// Reads the lake, and the inputs that the proposal recorded. What cannot be read refuses later, step by step.
    pub(super) fn read(context: &Context, order: &Order) -> LakeUsage {
        // What a person orders by hand is justified by that person.
        if order.proposal() == ProposalId::from_bytes([0; 32]) || !order.steps().iter().any(|step| step.action.commits()) {
            return LakeUsage(Ok(None));
        }
        let read = || -> anyhow::Result<Usage> {
            let kept = propose::read_as(&propose::folder_of(context, order.proposal()), order.proposal())?;
            let then = propose::recorded(&kept.path, kept.inputs_hash())?;
            let lately = propose::inputs(context, &propose::Args::default())?;
            Ok(Usage { then, lately, at: Moment(context.now()) })
        };
        LakeUsage(read().map(Some).map_err(|error| Text::fitted(&format!("the usage cannot be read: {error:#}"))))
    }
}

impl LakeDemand {
    /// Reads anew what could not be read, or would be too old before long: an order may wait for hours.
    pub(super) fn renew(&mut self, context: &Context, order: &Order, terms: &Terms) {
        let half = SignedDuration::from_secs(30 * i64::from(terms.rails.reading_minutes_max));
        let is_new = |usage: &Usage| context.now().duration_since(usage.at.0) < half;
        let holds = self.read.0.as_ref().is_ok_and(|usage| usage.as_ref().is_none_or(is_new));
        if !holds {
            // Reading the lake drives a runtime of its own, which may not begin within this one.
            *self = tokio::task::block_in_place(|| Self::read(context, order)).under(terms);
        }
    }
}

impl LakeUsage {
    /// Under the terms that hold.
    pub(super) fn under(self, terms: &Terms) -> LakeDemand {
        LakeDemand { read: self, drop_percent_max: terms.demand_drop_percent_max, days_max: terms.usage_days_max }
    }
}

impl Demand for LakeDemand {
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
        let of = |sku: &UsedSku| is_for(step, sku);
        let (then, lately) = (usage.then.lately(HOURS, of), usage.lately.lately(HOURS, of));
        let least = Money::from_units(then.units() * i128::from(100_u32.saturating_sub(self.drop_percent_max)) / 100);
        let gone = (lately < least)
            .then(|| Text::fitted(&format!("what it covers cost {lately} an hour on demand last week, and {then} when it was proposed")));
        Reading::Read(usage.at, gone)
    }
}

/// The end of the last hour known.
fn end(inputs: &Inputs) -> Option<Timestamp> {
    let hours = inputs.first.checked_add(i64::try_from(inputs.hours).ok()?)?;
    Timestamp::from_second(hours.checked_mul(3_600)?).ok()
}

/// Whether a step's purchase may cover a SKU.
fn is_for(step: &Step, sku: &UsedSku) -> bool {
    let family = |name: &str| name.rsplit_once('.').map_or(name, |(family, _)| family).to_owned();
    let is_here = step.region.as_ref().is_none_or(|region| region.as_str() == sku.region);
    let goods = step.goods.as_str().split(", ").next().unwrap_or_default();
    match (step.kind, step.service) {
        (Some(Kind::Ec2InstancePlan), _) => is_here && sku.service == "AmazonEC2" && family(&sku.instance_type) == goods,
        (_, Service::SavingsPlans) => true,
        (_, Service::RedshiftServerless) => is_here && sku.service == "AmazonRedshift",
        _ => is_here && family(&sku.instance_type) == family(goods),
    }
}
