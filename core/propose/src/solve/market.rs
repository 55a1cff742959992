//! What the solver is told: pools of demand, what may be bought for them, what is held, and the owner's limits.

use std::ops::Range;

/// Usage that the same commitments cover at the same rates, counted in units of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Pool {
    /// What a unit costs for an hour where nothing covers it.
    pub on_demand: f64,
}

/// A kind of plan with a rate for each pool it covers.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Tables of a lower level are applied first: EC2 Instance before Compute.
    pub level: u8,
    /// Pools, ascending, and what a unit takes of the hourly commitment. A rate above the on-demand rate is left out.
    pub rates: Vec<(usize, f64)>,
}

/// What a commitment covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// A unit covers a unit of a pool, before any plan.
    Pool(usize),
    /// A unit is one of money an hour, taken at the rates of a table.
    Table(usize),
}

/// Something that may be bought now, or at a known later hour.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// What it covers.
    pub target: Target,
    /// When it does, within the horizon.
    pub hours: Range<usize>,
    /// What a unit costs in all over the horizon, discounted.
    pub cost: f64,
    /// Units are bought in whole steps of this.
    pub step: f64,
    /// At most so many units; infinite where nothing limits it.
    pub most: f64,
}

/// Something held: it covers, and what it costs is past deciding.
#[derive(Debug, Clone, PartialEq)]
pub struct Holding {
    /// What it covers.
    pub target: Target,
    /// When it does, within the horizon.
    pub hours: Range<usize>,
    /// How many units.
    pub units: f64,
}

/// A limit on a weighted sum of units bought: hourly commitment, upfront cash, obligation.
#[derive(Debug, Clone, PartialEq)]
pub struct Cap {
    /// By offer: what a unit adds.
    pub weights: Vec<f64>,
    /// The most it may come to.
    pub most: f64,
}

/// How much bad outcomes count beyond their share in the mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Risk {
    /// Weight of the conditional value at risk, beside a weight of 1 for the mean; 0 counts the mean alone.
    pub weight: f64,
    /// The worst share of scenarios it looks at, above 0 and at most 1.
    pub tail: f64,
}

/// The whole problem but the demand.
#[derive(Debug, Clone, PartialEq)]
pub struct Market {
    /// What is used.
    pub pools: Vec<Pool>,
    /// Rates of plans.
    pub tables: Vec<Table>,
    /// What may be bought.
    pub offers: Vec<Offer>,
    /// What is held.
    pub held: Vec<Holding>,
    /// The owner's limits.
    pub caps: Vec<Cap>,
    /// The owner's fear.
    pub risk: Risk,
    /// How many hours of the calendar each hour of the horizon stands for: 1, or more where the horizon is sampled.
    pub hour_weight: f64,
    /// By scenario: the cost that regret is measured from; empty counts from nothing.
    pub references: Vec<f64>,
}

/// Demand in equally likely futures; generated as needed.
pub trait Futures: Sync {
    /// How many.
    fn scenarios(&self) -> usize;

    /// Hours of the horizon.
    fn hours(&self) -> usize;

    /// Writes what is used of a pool in a scenario: in the hour `first` and in each `step`-th after it.
    fn read(&self, scenario: usize, pool: usize, first: usize, step: usize, into: &mut [f32]);
}

/// Runs parts of a computation, at once or one after the other; what comes out is the same.
pub trait Workers: Sync {
    /// Calls `work` once for each part.
    fn each(&self, parts: usize, work: &(dyn Fn(usize) + Sync));
}

/// One part after the other.
#[derive(Debug, Clone, Copy)]
pub struct OneByOne;

impl Workers for OneByOne {
    fn each(&self, parts: usize, work: &(dyn Fn(usize) + Sync)) {
        (0..parts).for_each(work);
    }
}

/// Why a market makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MarketError {
    /// A number that is negative, infinite or none.
    #[error("{what} {place} is {value}, which is no amount")]
    NoAmount {
        /// What is counted.
        what: &'static str,
        /// Which one.
        place: usize,
        /// As it was.
        value: String,
    },
    /// An index or a span that leads nowhere.
    #[error("{what} {place} names {names} that is not there")]
    Nowhere {
        /// An offer, a holding, a table.
        what: &'static str,
        /// Which one.
        place: usize,
        /// A pool, a table, hours.
        names: &'static str,
    },
}

impl Market {
    /// The same owner, with nothing used, on offer or held.
    pub(crate) fn emptied(&self) -> Self {
        let (pools, tables, offers, held, caps) = Default::default();
        Self { pools, tables, offers, held, caps, references: Vec::new(), ..*self }
    }

    /// Checks that all indices lead somewhere and all numbers are amounts.
    ///
    /// # Errors
    /// When one does not.
    pub fn check(&self, futures: &dyn Futures) -> Result<(), MarketError> {
        let amount = |what, place, value: f64| match value.is_finite() && value >= 0.0 {
            true => Ok(()),
            false => Err(MarketError::NoAmount { what, place, value: value.to_string() }),
        };
        let reach = |what, place, target: Target, hours: &Range<usize>| {
            let nowhere = |names| Err(MarketError::Nowhere { what, place, names });
            match target {
                Target::Pool(pool) if pool >= self.pools.len() => nowhere("a pool"),
                Target::Table(table) if table >= self.tables.len() => nowhere("a table"),
                _ if hours.start > hours.end || hours.end > futures.hours() => nowhere("an hour"),
                _ => Ok(()),
            }
        };
        for (place, pool) in self.pools.iter().enumerate() {
            amount("the on-demand rate of pool", place, pool.on_demand)?;
        }
        for (place, table) in self.tables.iter().enumerate() {
            if table.rates.iter().any(|(pool, _)| *pool >= self.pools.len()) {
                return Err(MarketError::Nowhere { what: "table", place, names: "a pool" });
            }
            table.rates.iter().try_for_each(|(_, rate)| amount("a rate of table", place, *rate))?;
        }
        for (place, offer) in self.offers.iter().enumerate() {
            reach("offer", place, offer.target, &offer.hours)?;
            amount("the cost of offer", place, offer.cost)?;
            amount("the step of offer", place, offer.step)?;
        }
        for (place, holding) in self.held.iter().enumerate() {
            reach("holding", place, holding.target, &holding.hours)?;
            amount("the units of holding", place, holding.units)?;
        }
        for (place, cap) in self.caps.iter().enumerate() {
            if cap.weights.len() != self.offers.len() {
                return Err(MarketError::Nowhere { what: "cap", place, names: "an offer" });
            }
            cap.weights.iter().try_for_each(|weight| amount("a weight of cap", place, *weight))?;
            amount("the limit of cap", place, cap.most)?;
        }
        match self.references.len() {
            0 => Ok(()),
            count if count == futures.scenarios() => Ok(()),
            place => Err(MarketError::Nowhere { what: "the list of references of length", place, names: "a scenario" }),
        }
    }
}
