//! Reads price lists into books of prices, and keeps their versions in a folder.
//!
//! What a price is and how it is looked up is `tenor-price`'s to decide; this crate knows files. Formats are in `docs/spec/prices.md`.

mod collect;
mod ec2_shop;
mod error;
mod import;
mod json;
mod location;
mod offer_csv;
mod private;
mod recognize;
mod simple;
mod store;
mod tally;
#[cfg(test)]
mod tests;

pub use error::ReadError;
pub use import::{Imported, Options, import};
pub use location::region_of_name;
pub use private::{PrivateError, read_private};
pub use simple::{SimpleRow, What, simple_rows};
pub use store::{HeldBook, Store, StoreError};
pub use tally::{Counts, FileRead, LeftOut, Reason};
