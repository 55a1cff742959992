//! Typed reads and changes: every catalogued operation has one, reads all pages, and says what it could not read.

mod changes;
mod documented;
mod examples;
mod fake;
mod inventory;
mod moto;
mod purchases;
pub(crate) mod reads;
mod sample;
mod table;
