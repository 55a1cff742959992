//! Hostile text as a number: what is read is written back to the same number.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tenor_money::{Decimal, Money};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(decimal) = Decimal::parse(bytes) {
        let text = Money::from_units(decimal.units).to_string();
        assert_eq!(Decimal::parse(text.as_bytes()), Ok(Decimal { units: decimal.units, residue: 0 }));
    }
});
