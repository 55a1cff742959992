//! Prices of one version, and how they are looked up.

use crate::encoding;
use crate::key::SkuKey;
use crate::missing::Missing;
use crate::offer::{PlanOffer, ReservedOffer};
use crate::rate::{Rate, ReservedPrice, Source};
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use tenor_cover::replay::SkuName;
use tenor_cover::{PlanKind, RateTable};
use tenor_money::Quantity;

/// Digits of a version that people are shown.
const SHORT: usize = 12;

/// What tells prices apart: the hash of their encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pub(crate) [u8; 32]);

/// What is charged for what one agreed to pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// Public prices.
    List,
    /// With private pricing, of which this is the hash, as of a day.
    Net {
        /// What [`crate::PrivatePricing::version`] says.
        private: Version,
        /// The day whose agreements count.
        on: Date,
    },
}

/// One SKU and its prices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedSku {
    /// What it is.
    pub key: SkuKey,
    /// What one unit is: `Hrs`; empty where no list says.
    pub unit: String,
    /// AWS's code of it: `6C86BEPQVG73ZGGR`; empty where no list says.
    pub code: String,
    /// Its on-demand rate.
    pub on_demand: Option<Rate>,
    /// Its reservations, in order.
    pub reserved: Vec<(ReservedOffer, ReservedPrice)>,
}

/// What a book lists; in canonical order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// From which day the prices are.
    pub date: Date,
    /// In what all of them are.
    pub currency: String,
    /// Where they come from, sorted.
    pub origins: Vec<String>,
    /// By key.
    pub skus: Vec<ListedSku>,
    /// Rates of plans by offer, each by the place of its SKU.
    pub plans: BTreeMap<PlanOffer, Vec<(u32, Rate)>>,
}

/// Prices of one version. Only a [`crate::Draft`] makes one, so its order and its version hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceBook {
    pub(crate) version: Version,
    pub(crate) listed: Listed,
    pub(crate) basis: Basis,
    /// What private pricing leaves of plans' fees, by kind; all of them where it says nothing.
    pub(crate) plan_fees: BTreeMap<PlanKind, Quantity>,
}

impl PriceBook {
    /// What tells it apart from others. Private pricing does not change it: [`Self::basis`] says that.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// Whether these are list prices or net ones.
    #[must_use]
    pub fn basis(&self) -> Basis {
        self.basis
    }

    /// The same prices as those of another day, which is another version.
    #[must_use]
    pub fn dated(self, date: Date) -> Self {
        let listed = Listed { date, ..self.listed };
        Self { version: encoding::version(&listed), listed, basis: self.basis, plan_fees: self.plan_fees }
    }

    /// Whether another book lists the same prices from the same lists, of whatever day.
    #[must_use]
    pub fn lists_the_same(&self, other: &Self) -> bool {
        let (a, b) = (&self.listed, &other.listed);
        (&a.currency, &a.origins, &a.skus, &a.plans) == (&b.currency, &b.origins, &b.skus, &b.plans)
    }

    /// Everything it lists.
    #[must_use]
    pub fn listed(&self) -> &Listed {
        &self.listed
    }

    /// A SKU and its prices, if it lists the SKU.
    #[must_use]
    pub fn sku(&self, sku: &SkuKey) -> Option<&ListedSku> {
        self.place(sku).map(|place| &self.listed.skus[place as usize])
    }

    /// What one unit costs on demand.
    ///
    /// # Errors
    /// When it lists no such rate.
    pub fn on_demand(&self, sku: &SkuKey) -> Result<Rate, Missing> {
        let found = self.sku(sku).and_then(|listed| listed.on_demand);
        found.ok_or_else(|| Missing::OnDemand { sku: sku.clone(), book: self.to_string() })
    }

    /// What one reservation costs.
    ///
    /// # Errors
    /// When it lists no such reservation.
    pub fn reserved(&self, sku: &SkuKey, offer: ReservedOffer) -> Result<ReservedPrice, Missing> {
        let listed = self.sku(sku).map_or(&[][..], |listed| &listed.reserved);
        let found = listed.iter().find(|(held, _)| *held == offer).map(|(_, price)| *price);
        found.ok_or_else(|| Missing::Reserved { sku: sku.clone(), offer, book: self.to_string() })
    }

    /// What a plan of an offer charges for one unit; nothing for what it does not cover.
    ///
    /// # Errors
    /// When it lists no rate of the offer at all, so that nothing is known of what it covers.
    pub fn plan_rate(&self, offer: &PlanOffer, sku: &SkuKey) -> Result<Option<Rate>, Missing> {
        let table = self.plan_table(offer)?;
        let found = self.place(sku).and_then(|place| table.binary_search_by_key(&place, |(place, _)| *place).ok());
        Ok(found.map(|at| table[at].1))
    }

    /// What is paid of the fee of a kind of plan: 1 at list. The commitment counts in full.
    #[must_use]
    pub fn plan_fee(&self, kind: PlanKind) -> Quantity {
        self.plan_fees.get(&kind).copied().unwrap_or(Quantity::from_whole(1))
    }

    /// Whether any plan it lists covers a SKU.
    #[must_use]
    pub fn is_in_a_plan(&self, sku: &SkuKey) -> bool {
        let Some(place) = self.place(sku) else { return false };
        self.listed.plans.values().any(|table| table.binary_search_by_key(&place, |(place, _)| *place).is_ok())
    }

    /// An offer's rates of the SKUs of a bill, as a simulation takes them, and whether any of them is simulated.
    ///
    /// # Errors
    /// When it lists no rate of the offer at all.
    pub fn rate_table(&self, offer: &PlanOffer, skus: &[SkuName]) -> Result<(RateTable, bool), Missing> {
        let rates = skus.iter().map(|name| self.plan_rate(offer, &SkuKey::from(name))).collect::<Result<Vec<_>, _>>()?;
        let is_simulated = rates.iter().flatten().any(|rate| rate.source == Source::Simulated);
        let rates = rates.into_iter().map(|rate| rate.map(|rate| rate.price)).collect();
        Ok((RateTable { name: offer.to_string(), rates }, is_simulated))
    }

    /// Whether any of its prices is derived for simulation only.
    #[must_use]
    pub fn has_simulated(&self) -> bool {
        let of_plans = self.listed.plans.values().flatten().any(|(_, rate)| rate.source == Source::Simulated);
        let of_sku = |sku: &ListedSku| {
            sku.on_demand.is_some_and(|rate| rate.source == Source::Simulated)
                || sku.reserved.iter().any(|(_, price)| price.source == Source::Simulated)
        };
        of_plans || self.listed.skus.iter().any(of_sku)
    }

    fn plan_table(&self, offer: &PlanOffer) -> Result<&[(u32, Rate)], Missing> {
        let missing = || Missing::Plan { offer: offer.clone(), book: self.to_string() };
        self.listed.plans.get(offer).map(Vec::as_slice).ok_or_else(missing)
    }

    fn place(&self, sku: &SkuKey) -> Option<u32> {
        let at = self.listed.skus.binary_search_by(|listed| listed.key.cmp(sku)).ok()?;
        Some(u32::try_from(at).expect("a book has fewer than four billion SKUs"))
    }
}

impl fmt::Display for PriceBook {
    /// As a message names it: `the list prices 1a2b3c4d5e6f of 2025-04-04`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (version, date) = (self.version.short(), self.listed.date);
        match self.basis {
            Basis::List => f.pad(&format!("the list prices {version} of {date}")),
            Basis::Net { private, on } => {
                f.pad(&format!("the list prices {version} of {date} with private pricing {} on {on}", private.short()))
            }
        }
    }
}

impl Version {
    /// Its first digits, for people.
    #[must_use]
    pub fn short(self) -> String {
        self.to_string()[..SHORT].to_owned()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&blake3::Hash::from_bytes(self.0).to_hex())
    }
}

impl FromStr for Version {
    type Err = blake3::HexError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        blake3::Hash::from_hex(text).map(|hash| Self(*hash.as_bytes()))
    }
}
