//! The three Regions the simulated organization lives in.

/// A Region as bills name it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Region {
    /// `us-east-1`.
    pub(crate) code: &'static str,
    /// What usage types begin with there.
    pub(crate) prefix: &'static str,
    /// What price lists call it.
    pub(crate) location: &'static str,
}

/// Zones of each Region.
pub(crate) const ZONES: u32 = 3;

/// All of them; commitments and resources refer to them by index.
pub(crate) const REGIONS: [Region; 3] = [
    Region { code: "us-east-1", prefix: "", location: "US East (N. Virginia)" },
    Region { code: "us-west-2", prefix: "USW2-", location: "US West (Oregon)" },
    Region { code: "eu-west-1", prefix: "EU-", location: "EU (Ireland)" },
];

/// The index of a Region.
pub(crate) fn index_of(code: &str) -> u32 {
    REGIONS.iter().position(|region| region.code == code).expect("only known Regions are asked for") as u32
}

/// A zone by its number across all Regions.
pub(crate) fn zone_name(zone: u32) -> String {
    let letter = char::from(b'a' + (zone % ZONES) as u8);
    format!("{}{letter}", REGIONS[(zone / ZONES) as usize].code)
}
