//! Price dimensions of AWS's lists, put together to prices: an offer's fee and its hours, or tiers, come apart.

use crate::location::region;
use crate::tally::{Reason, Tally};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use tenor_cover::eligible_usage;
use tenor_money::{Decimal, Money, SCALE, UnitPrice};
use tenor_price::{Draft, OfferingClass, Payment, PlanOffer, Rate, ReservedOffer, ReservedPrice, SkuKey, Source, TermLength};

/// The unit of what is paid once.
const UPFRONT: &str = "Quantity";

/// What a list says of a product.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Product<'a> {
    pub(crate) code: &'a str,
    pub(crate) service: &'a str,
    pub(crate) region: &'a str,
    pub(crate) location: &'a str,
    pub(crate) usage_type: &'a str,
    pub(crate) operation: &'a str,
}

/// How a price is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Terms {
    OnDemand,
    Reserved(ReservedOffer),
}

/// One price dimension.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dimension<'a> {
    pub(crate) unit: &'a str,
    pub(crate) begin: &'a str,
    pub(crate) price: UnitPrice,
}

/// What of a product's terms is known so far.
#[derive(Debug, Default)]
struct Open {
    unit: String,
    prices: Vec<UnitPrice>,
    upfront: Option<Money>,
    is_tiered: bool,
}

/// Takes products and dimensions in, and puts prices into a draft.
pub(crate) struct Collector<'a> {
    draft: &'a mut Draft,
    regions: &'a BTreeSet<String>,
    products: HashMap<Box<str>, SkuKey>,
    open: BTreeMap<(Box<str>, String, Terms), Open>,
    pub(crate) tally: Tally,
}

impl<'a> Collector<'a> {
    /// Keeps what is of these Regions; of all when there are none.
    pub(crate) fn new(draft: &'a mut Draft, regions: &'a BTreeSet<String>) -> Self {
        Self { draft, regions, products: HashMap::new(), open: BTreeMap::new(), tally: Tally::default() }
    }

    pub(crate) fn origin(&mut self, origin: &str) {
        self.draft.origin(origin);
    }

    /// Whether a Region was asked for.
    pub(crate) fn wants(&self, region: &str) -> bool {
        self.regions.is_empty() || region.is_empty() || self.regions.contains(region)
    }

    /// Takes a product in if a commitment could cover it.
    pub(crate) fn product(&mut self, product: &Product<'_>) {
        if self.products.contains_key(product.code) {
            return;
        }
        let Product { code, service, usage_type, operation, .. } = *product;
        let place = region(product.location, product.region);
        // Whatever place it is: a zone's prefix is known by having one.
        let key = SkuKey::new(service, place.unwrap_or(product.location), usage_type, operation);
        if eligible_usage(service, key.usage_type()).is_none() {
            return self.tally.leave_out(Reason::NotCoverable, format_args!("{service} {usage_type}"));
        }
        if place.is_none() {
            return self.tally.leave_out(Reason::UnknownPlace, product.location);
        }
        if !self.wants(key.region()) {
            return self.tally.leave_out(Reason::OtherRegion, key);
        }
        self.products.insert(code.into(), key);
    }

    /// Whether a product's prices are wanted.
    pub(crate) fn has(&self, code: &str) -> bool {
        self.products.contains_key(code)
    }

    /// Takes a price dimension of a product in; `term` tells its terms from others.
    pub(crate) fn dimension(&mut self, code: &str, term: &str, terms: Terms, dimension: Dimension<'_>) {
        let open = self.open.entry((code.into(), term.to_owned(), terms)).or_default();
        if dimension.unit == UPFRONT {
            open.upfront = Some(open.upfront.unwrap_or_default() + Money::from_units(dimension.price.units()));
            return;
        }
        open.is_tiered |= !open.prices.is_empty() || !["", "0"].contains(&dimension.begin);
        open.prices.push(dimension.price);
        dimension.unit.clone_into(&mut open.unit);
    }

    /// Notes that a reservation is sold in a way that is not known.
    pub(crate) fn unknown_offer(&mut self, code: &str, offer: &str) {
        self.tally.leave_out(Reason::UnknownOffer, format_args!("{code} {offer}"));
    }

    /// Puts what was taken in into the draft. Call it when all dimensions of what was taken in have come.
    pub(crate) fn close(&mut self) {
        for ((code, _, terms), open) in std::mem::take(&mut self.open) {
            let key = &self.products[&code];
            if open.is_tiered {
                self.tally.leave_out(Reason::Tiers, key);
                continue;
            }
            // No Upfront has no fee, All Upfront may have no hourly row.
            let price = open.prices.first().copied();
            let put = match terms {
                Terms::OnDemand => price.map(|price| self.draft.on_demand(key, Rate::list(price))),
                Terms::Reserved(offer) => {
                    let (hourly, upfront) = (price.unwrap_or_default(), open.upfront.unwrap_or_default());
                    Some(self.draft.reserved(key, offer, ReservedPrice { hourly, upfront, source: Source::List }))
                }
            };
            self.draft.describe(key, &open.unit, &code);
            match put {
                Some(Err(clash)) => self.tally.leave_out(Reason::Clash, clash),
                Some(Ok(())) if terms == Terms::OnDemand => self.tally.counts.on_demand += 1,
                Some(Ok(())) => self.tally.counts.reserved += 1,
                None => {}
            }
        }
    }

    /// Puts a plan's rate into the draft.
    pub(crate) fn plan_rate(&mut self, offer: &PlanOffer, product: &Product<'_>, unit: &str, price: UnitPrice) {
        let key = SkuKey::new(product.service, product.region, product.usage_type, product.operation);
        if !self.wants(key.region()) {
            return self.tally.leave_out(Reason::OtherRegion, key);
        }
        self.draft.describe(&key, unit, product.code);
        match self.draft.plan_rate(offer, &key, Rate::list(price)) {
            Ok(()) => self.tally.counts.plan_rates += 1,
            Err(clash) => self.tally.leave_out(Reason::Clash, clash),
        }
    }
}

/// No price and no fee is more than a billion, so that sums of some of them are amounts.
const PRICE_MAX: i128 = 1_000_000_000 * SCALE;

/// What a price has to be, for messages.
pub(crate) const A_PRICE: &str = "an amount from 0 to a billion with at most 12 decimals";

/// A price from its text; none for what is negative, too large, too long or no number.
pub(crate) fn price(text: &str) -> Option<UnitPrice> {
    let decimal = Decimal::parse(text.as_bytes()).ok()?;
    (decimal.residue == 0 && (0..=PRICE_MAX).contains(&decimal.units)).then(|| UnitPrice::from_units(decimal.units))
}

/// Whether a text names a currency: three capitals, as ISO 4217 has them.
pub(crate) fn is_currency(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// How a reservation is sold, by AWS's words.
pub(crate) fn reserved_offer(class: &str, length: &str, payment: &str) -> Option<ReservedOffer> {
    let (class, term) = (OfferingClass::from_text(class)?, TermLength::from_text(length)?);
    Some(ReservedOffer { class, term, payment: Payment::from_text(payment)? })
}
