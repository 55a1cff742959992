//! What AWS charges: on-demand rates, reserved offers and Savings Plan rates by SKU, dated, kept by version, and never guessed.
//!
//! A [`Draft`] collects what price lists say and becomes a [`PriceBook`]; a lookup in it gives a rate with its source, or names what is
//! missing. [`PrivatePricing`] turns list prices into net ones. This crate reads no file: `shell/price` does. The encoding that a version is
//! the hash of is in `docs/spec/prices.md`.

mod book;
mod draft;
mod encoding;
mod key;
mod missing;
mod offer;
mod private;
mod rate;
mod simulate;
#[cfg(test)]
mod tests;

pub use book::{Basis, Listed, ListedSku, PriceBook, Version};
pub use draft::{Clash, Draft};
pub use encoding::{COLUMNS, FIRST_LINE, ON_DEMAND, class_of, offering_of_class, offering_of_plan};
pub use key::SkuKey;
pub use missing::Missing;
pub use offer::{OfferingClass, Payment, PlanOffer, ReservedOffer, TermLength};
pub use private::{
    Billed, Charged, Discount, NetDifference, NotAShare, Overlap, PrivatePricing, PrivateRate, Share, SpendCommitment, check_net,
};
pub use rate::{Rate, ReservedPrice, Source};
pub use simulate::Simulated;
