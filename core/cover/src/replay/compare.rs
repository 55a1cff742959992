//! What a simulation says of a billed period, beside what the bill says.

use super::build::{BilledUse, Replay};
use crate::commitment::{CommitmentId, Covers};
use crate::settings::Settings;
use crate::simulator::Simulator;
use crate::sink::{Held, HeldHour, Piece, Sink};
use crate::totals::Totals;
use std::collections::BTreeMap;
use std::ops::Range;
use tenor_bill::Hour;
use tenor_money::{Money, Quantity};

/// Quantities of real bills carry six decimals, and each of a pool's pieces is rounded: what differs by less is the same.
const SAME_UNITS: Quantity = Quantity::from_units(10_000_000);

/// A billed period and its simulation, side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// Hours simulated.
    pub hours: u64,
    /// Each commitment, in the order of [`crate::Parts`]: reservations, then plans.
    pub commitments: Vec<CommitmentDifference>,
    /// Reservations that match the same usage are one pool: AWS does not say which of them pays first.
    pub pools: Vec<PoolDifference>,
    /// All that the simulation found.
    pub totals: Totals,
}

/// One commitment over the period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitmentDifference {
    /// Which.
    pub id: CommitmentId,
    /// Usage it covered: normalized units where the reservation counts in them, else as metered.
    pub units_billed: Quantity,
    /// The same, simulated.
    pub units_simulated: Quantity,
    /// Effective cost of what it covered.
    pub effective_billed: Money,
    /// The same, simulated.
    pub effective_simulated: Money,
    /// Hours in which units or cost differ by more than a bill's rounding.
    pub hours_different: u64,
    /// The first of them.
    pub first_different: Option<Hour>,
}

/// A pool of reservations over the period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolDifference {
    /// What its reservations match, with the zone of zonal ones.
    pub name: String,
    /// Hours in which any of them was held.
    pub hours: u64,
    /// Hours in which covered units differ by more than a bill's rounding.
    pub hours_different: u64,
    /// The first of them, with units billed and simulated.
    pub first_different: Option<(Hour, Quantity, Quantity)>,
    /// Effective cost of what they covered.
    pub effective_billed: Money,
    /// The same, simulated.
    pub effective_simulated: Money,
}

impl Comparison {
    /// Whether nothing differs, to the last digit.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.commitments.iter().all(|one| one.units_billed == one.units_simulated && one.effective_billed == one.effective_simulated)
            && self.commitments.iter().all(|one| one.hours_different == 0)
    }

    /// Effective cost simulated less billed, of all commitments.
    #[must_use]
    pub fn effective_difference(&self) -> Money {
        self.commitments.iter().map(|one| one.effective_simulated - one.effective_billed).sum()
    }
}

/// What the simulation says of each commitment and hour.
#[derive(Default)]
struct Found {
    uses: BTreeMap<(Held, Hour), BilledUse>,
    held: BTreeMap<(Held, Hour), ()>,
}

impl Sink for Found {
    fn piece(&mut self, hour: Hour, piece: &Piece) {
        let found = self.uses.entry((piece.by, hour)).or_default();
        if let crate::sink::Takes::Units { units, .. } = piece.takes {
            found.units += units;
        } else {
            found.units += piece.covered;
        }
        found.effective += piece.effective_cost();
    }

    fn held(&mut self, hour: Hour, held: &HeldHour) {
        self.held.insert((held.held, hour), ());
    }
}

impl Replay {
    /// Simulates the hours and compares each commitment, hour by hour, with what the bill says.
    #[must_use]
    pub fn compare(&self, hours: Range<Hour>, settings: Settings) -> Comparison {
        let simulator = Simulator::with_settings(&self.organization, settings);
        let mut found = Found::default();
        let totals = simulator.run(&self.usage, hours, &mut found);
        let parts = self.organization.parts();
        let reservations = (0..parts.reservations.len()).map(|place| (Held::Reservation(place), &parts.reservations[place].id));
        let plans = (0..parts.plans.len()).map(|place| (Held::Plan(place), &parts.plans[place].id));
        let commitments = reservations.chain(plans).map(|(held, id)| self.commitment(held, id, &found)).collect();
        Comparison { hours: totals.hours, commitments, pools: self.pools(&found), totals }
    }

    fn commitment(&self, held: Held, id: &CommitmentId, found: &Found) -> CommitmentDifference {
        let mut difference = CommitmentDifference {
            id: id.clone(),
            units_billed: Quantity::ZERO,
            units_simulated: Quantity::ZERO,
            effective_billed: Money::ZERO,
            effective_simulated: Money::ZERO,
            hours_different: 0,
            first_different: None,
        };
        let span = (held, Hour::from_epoch_hours(i64::MIN))..=(held, Hour::from_epoch_hours(i64::MAX));
        let mut hours: BTreeMap<Hour, (BilledUse, BilledUse)> = BTreeMap::new();
        self.billed.range(span.clone()).for_each(|((_, hour), used)| hours.entry(*hour).or_default().0 = *used);
        found.uses.range(span).for_each(|((_, hour), used)| hours.entry(*hour).or_default().1 = *used);
        for (hour, (billed, simulated)) in hours {
            difference.units_billed += billed.units;
            difference.units_simulated += simulated.units;
            difference.effective_billed += billed.effective;
            difference.effective_simulated += simulated.effective;
            if (billed.units - simulated.units).abs() > SAME_UNITS {
                difference.hours_different += 1;
                difference.first_different.get_or_insert(hour);
            }
        }
        difference
    }

    fn pools(&self, found: &Found) -> Vec<PoolDifference> {
        let mut members: BTreeMap<String, Vec<Held>> = BTreeMap::new();
        for (place, reservation) in self.organization.parts().reservations.iter().enumerate() {
            let name = match &reservation.covers {
                Covers::Family(family) => family.to_string(),
                Covers::Exact(exact) => exact.to_string(),
            };
            let zone = reservation.zone.as_ref().map_or(String::new(), |zone| format!(" in {zone}"));
            members.entry(format!("{name}{zone}")).or_default().push(Held::Reservation(place));
        }
        members.into_iter().map(|(name, members)| self.pool(name, &members, found)).collect()
    }

    fn pool(&self, name: String, members: &[Held], found: &Found) -> PoolDifference {
        let mut hours: BTreeMap<Hour, (BilledUse, BilledUse)> = BTreeMap::new();
        for held in members {
            let span = (*held, Hour::from_epoch_hours(i64::MIN))..=(*held, Hour::from_epoch_hours(i64::MAX));
            found.held.range(span.clone()).for_each(|((_, hour), ())| _ = hours.entry(*hour).or_default());
            self.billed.range(span.clone()).for_each(|((_, hour), used)| add(&mut hours.entry(*hour).or_default().0, used));
            found.uses.range(span).for_each(|((_, hour), used)| add(&mut hours.entry(*hour).or_default().1, used));
        }
        let different = |(billed, simulated): &(BilledUse, BilledUse)| (billed.units - simulated.units).abs() > SAME_UNITS;
        let first = hours.iter().find(|(_, both)| different(both));
        PoolDifference {
            name,
            hours: hours.len() as u64,
            hours_different: hours.values().filter(|both| different(both)).count() as u64,
            first_different: first.map(|(hour, (billed, simulated))| (*hour, billed.units, simulated.units)),
            effective_billed: hours.values().map(|(billed, _)| billed.effective).sum(),
            effective_simulated: hours.values().map(|(_, simulated)| simulated.effective).sum(),
        }
    }
}

fn add(sum: &mut BilledUse, more: &BilledUse) {
    sum.units += more.units;
    sum.effective += more.effective;
}

#[cfg(test)]
mod tests {
    use super::super::{BilledUsage, Fee, FeeKind, KnownRates, ReplayInput, SkuFacts, SkuName};
    use crate::catalogue::Sizes;
    use crate::commitment::{CommitmentId, Term};
    use crate::settings::Settings;
    use crate::sharing::Sharing;
    use tenor_bill::{AccountId, Hour};
    use tenor_money::{Money, Quantity};

    fn name(usage_type: &str) -> SkuName {
        let [service, region, operation] = ["AmazonEC2", "us-east-1", "RunInstances"].map(str::to_owned);
        SkuName { service, region, usage_type: usage_type.to_owned(), operation }
    }

    /// One t2.micro reservation at 0.0072 an hour on one t2.large: an eighth of it each hour, for `billed` of its two hours.
    fn replayed(billed: i64) -> String {
        let sizes = Sizes::published();
        let mut input = ReplayInput::default();
        let facts = SkuFacts { unit: "Hrs".to_owned(), public_rate: "0.0928".parse().ok(), ..SkuFacts::default() };
        let sku = input.sku(name("BoxUsage:t2.large"), &facts, false, &sizes).unwrap();
        let (id, owner): (_, AccountId) = (CommitmentId("ri-1".to_owned()), "1".parse().unwrap());
        let kind = FeeKind::Reservation {
            sku: name("HeavyUsage:t2.micro"),
            facts: Box::default(),
            factor: None,
            zone: None,
            count: 1,
            hourly: "0.0072".parse().unwrap(),
        };
        let term = Term { start: 0, seconds: 31_536_000, retired: None };
        input.fee(Fee { id: id.clone(), owner: owner.clone(), term, upfront: Money::ZERO, kind });
        for hour in (0..2).map(Hour::from_epoch_hours) {
            let covered: Quantity = if hour.epoch_hours() < billed { "0.125".parse().unwrap() } else { Quantity::ZERO };
            let row =
                |quantity, paid_by| BilledUsage { hour, account: &owner, resource: "i-1", zone: "us-east-1a", sku, quantity, paid_by };
            input.usage(&row(covered, Some((&id, "0.0072".parse().unwrap())))).unwrap();
            input.usage(&row(Quantity::from_whole(1) - covered, None)).unwrap();
        }
        let replay = input.build(Sharing::default(), &KnownRates::default(), &sizes).unwrap();
        let compared = replay.compare(Hour::from_epoch_hours(0)..Hour::from_epoch_hours(2), Settings::default());
        let (one, pool) = (&compared.commitments[0], &compared.pools[0]);
        format!(
            "{}: {} billed, {} simulated, {} hours differ; {}: {} of {} hours differ; exact: {}",
            one.id,
            one.units_billed,
            one.units_simulated,
            one.hours_different,
            pool.name,
            pool.hours_different,
            pool.hours,
            compared.is_exact()
        )
    }

    #[test]
    fn what_a_bill_says_is_found_again() {
        insta::assert_snapshot!(replayed(2), @"ri-1: 1 billed, 1 simulated, 0 hours differ; EC2 us-east-1 t2 RunInstances default: 0 of 2 hours differ; exact: true");
    }

    #[test]
    fn an_hour_that_differs_is_counted_and_named() {
        insta::assert_snapshot!(replayed(1), @"ri-1: 0.5 billed, 1 simulated, 1 hours differ; EC2 us-east-1 t2 RunInstances default: 1 of 2 hours differ; exact: false");
    }

    #[test]
    fn usage_paid_by_a_commitment_without_a_fee_is_refused() {
        let sizes = Sizes::published();
        let mut input = ReplayInput::default();
        let sku = input.sku(name("BoxUsage:t2.large"), &SkuFacts::default(), false, &sizes).unwrap();
        let (id, account) = (CommitmentId("ri-9".to_owned()), "1".parse().unwrap());
        let paid_by = Some((&id, Money::ZERO));
        let row = BilledUsage {
            hour: Hour::from_epoch_hours(0),
            account: &account,
            resource: "",
            zone: "",
            sku,
            quantity: Quantity::from_whole(1),
            paid_by,
        };
        input.usage(&row).unwrap();
        let negative = BilledUsage { quantity: Quantity::from_whole(-1), ..row };
        let refused = [
            input.usage(&negative).unwrap_err().to_string(),
            input.build(Sharing::default(), &KnownRates::default(), &sizes).unwrap_err().to_string(),
        ];
        insta::assert_snapshot!(refused.join("\n"), @r"
        the usage of BoxUsage:t2.large RunInstances in the hour 1970-01-01T00:00Z is -1, which is negative or too large
        the bill says that ri-9 paid for usage, but has no fee of it
        ");
    }
}
