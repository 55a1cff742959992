//! Exact amounts: money, quantities and unit prices, counted in units of 10⁻¹².
//!
//! The scale is that of Arrow's `Decimal128(38, 12)`, so a cost column of the lake and a [`Money`] are the same bits.
//! Addition and comparison are operators because they are exact; whatever rounds is a method that takes a [`Rounding`].
//! This crate never sees a float, a clock or a currency: one ledger has one currency, checked where data enters.

mod amount;
mod decimal;
mod rounding;

pub use amount::{Money, Quantity, UnitPrice};
pub use decimal::{Decimal, DecimalError, RESIDUE_SCALE, SCALE, SCALE_DIGITS};
pub use rounding::{Rounding, div_round, mul_div_round};
