//! What the sandbox remembers of EC2 alone: where reservations come from, modifications, listings, what strangers sold.

use crate::cloud::books::text;
use crate::cloud::moment::Moment;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tenor_money::Money;

/// EC2's part of the books.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Ec2Books {
    pub(crate) modifications: Vec<Modification>,
    pub(crate) listings: Vec<Listing>,
    /// Of what sellers outside the organization offer, how many are sold or matched, by lot.
    pub(crate) taken: BTreeMap<String, u32>,
    /// What buyers have not paid for yet.
    pub(crate) matches: Vec<Match>,
}

/// Instances of a seller that a buyer's payment is on its way for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Match {
    /// The buyer's reservation.
    pub(crate) reservation: String,
    pub(crate) seller: Seller,
    pub(crate) count: u32,
}

/// Who sells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Seller {
    /// An account of the organization, by a listing's id.
    Listing(String),
    /// Somebody else, by a lot's id.
    Stranger(String),
}

/// Where a reservation comes from, and what ended it. What is bought of AWS as it is listed has the default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Life {
    pub(crate) origin: Origin,
    /// The reservations that it carries on.
    pub(crate) from: Vec<String>,
    /// Upfront money of those, and what an exchange cost, for all its units: it bears that beside its own upfront price.
    #[serde(with = "text")]
    pub(crate) carried: Money,
    /// What of that went over to those that carry it on. The rest it has to bear itself, until its end.
    #[serde(with = "text")]
    pub(crate) passed_on: Money,
    /// What all its units cost at public prices over the whole term they were sold with: what volume tiers count.
    #[serde(with = "text")]
    pub(crate) list_value: Money,
    /// The volume discount it was bought at, in percent.
    pub(crate) discount_percent: u8,
    /// The first second after its term, where it ended before that: its fees are spread until then.
    pub(crate) term_end: Option<Moment>,
}

/// How a reservation came to be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Origin {
    /// Bought of AWS.
    #[default]
    Bought,
    /// Bought on the marketplace: its upfront price is the seller's.
    Resold,
    /// Modified: nothing was paid.
    Modified,
    /// Exchanged: this was paid at its start for all its units, and is in what it carries.
    Exchanged {
        #[serde(with = "text")]
        due: Money,
    },
    /// What is left of one that was sold in part.
    Unsold,
}

/// A request to modify reservations.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Modification {
    /// `rimod-` and a UUID.
    pub(crate) id: String,
    pub(crate) account: u32,
    pub(crate) region: u32,
    pub(crate) token: String,
    pub(crate) inputs: Vec<String>,
    pub(crate) targets: Vec<Target>,
    pub(crate) created: Moment,
    /// From when it counts: the start of the hour it was asked for in.
    pub(crate) effective: Moment,
    pub(crate) updated: Moment,
    pub(crate) state: ModificationState,
    /// Why it failed; else empty.
    pub(crate) message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ModificationState {
    Processing,
    Fulfilled,
    Failed,
}

/// What some of the modified become.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Target {
    pub(crate) count: u32,
    pub(crate) usage_type: String,
    pub(crate) zone: Option<u32>,
    /// The reservation's id, once it is there.
    pub(crate) made: Option<String>,
}

/// Reserved Instances on sale on the marketplace.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Listing {
    pub(crate) id: String,
    pub(crate) account: u32,
    pub(crate) region: u32,
    /// The reservation of which they are; after a part was sold, the one with the rest.
    pub(crate) reservation: String,
    /// How many were listed.
    pub(crate) count: u32,
    pub(crate) cancelled: u32,
    /// How many are matched with buyers whose payment is on its way.
    pub(crate) matched: u32,
    /// By months remaining, most first.
    pub(crate) prices: Vec<Asked>,
    pub(crate) token: String,
    pub(crate) created: Moment,
    pub(crate) updated: Moment,
    pub(crate) state: ListingState,
    pub(crate) sales: Vec<Sale>,
    /// What chance of its buyers comes from.
    pub(crate) luck: u64,
    /// Until when chance has had its say.
    pub(crate) decided: Moment,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ListingState {
    Pending,
    Active,
    Cancelled,
    Closed,
}

/// What one costs while at most so many months remain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Asked {
    pub(crate) months: i64,
    #[serde(with = "text")]
    pub(crate) price: Money,
}

/// A sale out of a listing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Sale {
    pub(crate) at: Moment,
    pub(crate) count: u32,
    /// For each.
    #[serde(with = "text")]
    pub(crate) price: Money,
    /// What AWS keeps of all of them; the seller gets the rest.
    #[serde(with = "text")]
    pub(crate) fee: Money,
    /// The account that bought them; none for one outside the organization.
    pub(crate) buyer: Option<u32>,
}

impl Listing {
    /// How many are sold.
    pub(crate) fn sold(&self) -> u32 {
        self.sales.iter().map(|sale| sale.count).sum()
    }

    /// How many are still to be had.
    pub(crate) fn left(&self) -> u32 {
        self.count - self.cancelled - self.matched - self.sold()
    }

    /// Whether it keeps its reservation from being modified or listed again.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.state, ListingState::Pending | ListingState::Active)
    }

    /// What one costs with so many months remaining: a price holds until the next lower number of months that has one ([BOTO:ec2] `PriceSchedule`).
    pub(crate) fn price_at(&self, months: i64) -> Asked {
        let fitting = self.prices.iter().rev().find(|asked| asked.months >= months);
        *fitting.or(self.prices.first()).expect("a listing is made with a price")
    }
}

#[cfg(test)]
mod tests {
    use super::{Asked, Listing, ListingState};
    use crate::cloud::moment::Moment;
    use tenor_money::Money;

    /// [BOTO:ec2] `PriceSchedule`: with schedules for five and two months, the first is for months 5, 4 and 3, the second for 2 and 1.
    #[test]
    fn a_price_holds_until_the_next_lower_number_of_months() {
        let asked = |months, price| Asked { months, price: Money::from_whole(price) };
        let at = Moment(0);
        let listing = Listing {
            id: String::new(),
            account: 0,
            region: 0,
            reservation: String::new(),
            count: 5,
            cancelled: 0,
            matched: 0,
            prices: vec![asked(5, 50), asked(2, 20)],
            token: String::new(),
            created: at,
            updated: at,
            state: ListingState::Active,
            sales: Vec::new(),
            luck: 0,
            decided: at,
        };
        let prices: Vec<String> = [6, 5, 4, 3, 2, 1].iter().map(|months| listing.price_at(*months).price.to_string()).collect();
        assert_eq!(prices, ["50", "50", "50", "50", "20", "20"]);
    }
}
