//! What can be bought: commitments at an hourly price per unit, each bound to a pool of series.

use crate::demand::Demand;
use std::collections::BTreeMap;
use tenor_money::{Rounding, UnitPrice, div_round};

/// A commitment on sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// What reports call it.
    pub name: String,
    /// Per unit and hour of the term, used or not.
    pub price: UnitPrice,
    /// Per unit, on the day of purchase.
    pub upfront: UnitPrice,
    /// The columns whose values it is bound to: series that agree on them share it.
    pub pool: Vec<String>,
    /// Hours from the purchase to the end; 8,760 are a year.
    pub term_hours: usize,
}

impl Offer {
    /// What a unit costs per hour with the upfront spread over the term, rounded up.
    #[must_use]
    pub fn hourly(&self) -> UnitPrice {
        let upfront = div_round(self.upfront.units(), self.term_hours as i128, Rounding::Ceiling);
        self.price + UnitPrice::from_units(upfront)
    }
}

/// The offers that compete for a demand, and the price without any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offers {
    on_demand: UnitPrice,
    /// In the order in which they apply: the one bound to most columns first, as AWS applies what is most specific first.
    offers: Vec<Offer>,
}

/// Why offers cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OffersError {
    /// A price that is not above zero.
    #[error("the price of {0} is not above zero")]
    Free(String),
    /// A term without hours.
    #[error("the offer `{0}` has no term")]
    NoTerm(String),
    /// Two offers of one name.
    #[error("two offers are named `{0}`")]
    TwiceTheSame(String),
    /// An offer bound to something the demand does not tell apart.
    #[error("the offer `{offer}` is bound to `{column}`, which the demand does not have")]
    NoSuchColumn {
        /// The offer.
        offer: String,
        /// The column.
        column: String,
    },
}

impl Offers {
    /// Offers beside an on-demand price per unit and hour.
    ///
    /// # Errors
    /// When a price is not above zero, a term is empty, or two offers have one name.
    pub fn new(on_demand: UnitPrice, mut offers: Vec<Offer>) -> Result<Self, OffersError> {
        if on_demand <= UnitPrice::ZERO {
            return Err(OffersError::Free("on-demand usage".to_owned()));
        }
        for (at, offer) in offers.iter().enumerate() {
            if offer.term_hours == 0 {
                return Err(OffersError::NoTerm(offer.name.clone()));
            }
            if offer.hourly() <= UnitPrice::ZERO || offer.price < UnitPrice::ZERO || offer.upfront < UnitPrice::ZERO {
                return Err(OffersError::Free(format!("the offer `{}`", offer.name)));
            }
            if offers[..at].iter().any(|other| other.name == offer.name) {
                return Err(OffersError::TwiceTheSame(offer.name.clone()));
            }
        }
        offers.sort_by_key(|offer| std::cmp::Reverse(offer.pool.len()));
        Ok(Self { on_demand, offers })
    }

    /// Per unit and hour.
    #[must_use]
    pub fn on_demand(&self) -> UnitPrice {
        self.on_demand
    }

    /// In the order in which they apply; a purchase names an offer by its place here.
    #[must_use]
    pub fn offers(&self) -> &[Offer] {
        &self.offers
    }
}

/// Which series share which offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pools {
    /// By offer and series: the pool.
    of_series: Vec<Vec<usize>>,
    /// By offer and pool: the values of the columns it is bound to.
    names: Vec<Vec<String>>,
}

impl Pools {
    /// The pools of a demand's series under each offer.
    ///
    /// # Errors
    /// When an offer is bound to a column that the demand does not have.
    pub fn new(demand: &Demand, offers: &Offers) -> Result<Self, OffersError> {
        let mut pools = Self { of_series: Vec::new(), names: Vec::new() };
        for offer in offers.offers() {
            let mut columns = Vec::new();
            for column in &offer.pool {
                let missing = || OffersError::NoSuchColumn { offer: offer.name.clone(), column: column.clone() };
                columns.push(demand.columns().iter().position(|other| other == column).ok_or_else(missing)?);
            }
            let label = |labels: &[String]| columns.iter().map(|at| labels[*at].clone()).collect::<Vec<_>>();
            let mut places: BTreeMap<Vec<String>, usize> = demand.series().iter().map(|one| (label(&one.labels), 0)).collect();
            places.values_mut().enumerate().for_each(|(place, value)| *value = place);
            pools.of_series.push(demand.series().iter().map(|one| places[&label(&one.labels)]).collect());
            pools.names.push(places.into_keys().map(|labels| labels.join(" ")).collect());
        }
        Ok(pools)
    }

    /// The pool of each series under an offer.
    #[must_use]
    pub fn of_series(&self, offer: usize) -> &[usize] {
        &self.of_series[offer]
    }

    /// The pools of an offer, by name.
    #[must_use]
    pub fn names(&self, offer: usize) -> &[String] {
        &self.names[offer]
    }

    /// The series that share one pool.
    pub fn members(&self, offer: usize, pool: usize) -> impl Iterator<Item = usize> {
        self.of_series[offer].iter().enumerate().filter(move |(_, other)| **other == pool).map(|(series, _)| series)
    }
}
