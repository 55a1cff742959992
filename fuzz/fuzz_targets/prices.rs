//! Hostile bytes as a price list of any format.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| tenor_fuzz::read_prices(bytes));
