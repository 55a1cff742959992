//! What has been bought so far.

use crate::offers::Offers;
use std::ops::Range;

/// A purchase: so many units of an offer, for one of its pools.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Purchase {
    /// Its place in [`crate::Offers::offers`].
    pub offer: usize,
    /// Its place in [`crate::Pools::names`].
    pub pool: usize,
    /// In units of the demand's cells.
    pub units: u64,
}

/// A purchase with its term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lot {
    /// What was bought.
    pub purchase: Purchase,
    /// The hours it covers, as offsets from the demand's first.
    pub hours: Range<usize>,
}

/// All that was bought, in the order of the purchases.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    lots: Vec<Lot>,
}

impl Ledger {
    /// Enters a purchase that begins at `hour`.
    pub fn enter(&mut self, purchase: Purchase, hour: usize, term_hours: usize) {
        if purchase.units > 0 {
            self.lots.push(Lot { purchase, hours: hour..hour + term_hours });
        }
    }

    /// The purchases.
    #[must_use]
    pub fn lots(&self) -> &[Lot] {
        &self.lots
    }

    /// Units of an offer by pool that are active in an hour.
    #[must_use]
    pub fn active(&self, offer: usize, pools: usize, hour: usize) -> Vec<u64> {
        let mut units = vec![0; pools];
        for lot in self.lots.iter().filter(|lot| lot.purchase.offer == offer && lot.hours.contains(&hour)) {
            units[lot.purchase.pool] += lot.purchase.units;
        }
        units
    }

    /// What the units active in an hour still cost from it to the ends of their terms, in 10⁻¹² of the demand's unit. What was paid
    /// upfront is not owed.
    #[must_use]
    pub fn exact_obligation(&self, offers: &Offers, hour: usize) -> i128 {
        let active = self.lots.iter().filter(|lot| lot.hours.contains(&hour));
        let owed = |lot: &Lot| {
            let unit_hours = i128::from(lot.purchase.units) * (lot.hours.end - hour) as i128;
            unit_hours * offers.offers()[lot.purchase.offer].price.units()
        };
        active.map(owed).sum()
    }
}
