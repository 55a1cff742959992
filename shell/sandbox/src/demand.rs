//! Real hourly demand for virtual machines, embedded: 52 weeks of fourteen series (`data/ATTRIBUTION.md`).

use flate2::read::GzDecoder;
use std::io::Read;

/// Hours in the extract: whole weeks, so that repeating it keeps weekdays in place.
const HOURS: i64 = 52 * 7 * 24;
/// The moment (2025-01-01, a Wednesday) that the extract's 26th week stands for: from there on every series has demand.
const ANCHOR: i64 = 1_735_689_600;

/// The embedded series by name: region digit and type letter, as `r1B`.
pub(crate) struct Demand {
    names: Vec<String>,
    /// By series, then hour.
    counts: Vec<Vec<u32>>,
}

impl Demand {
    /// Unpacks the extract.
    pub(crate) fn embedded() -> Self {
        let packed: &[u8] = include_bytes!("../data/demand.csv.gz");
        let mut text = String::new();
        GzDecoder::new(packed).read_to_string(&mut text).expect("the embedded extract is valid gzip");
        let mut lines = text.lines();
        let names: Vec<String> =
            lines.next().expect("the extract has a header").split(',').map(|name| format!("r{}", &name[1..])).collect();
        let mut counts = vec![Vec::new(); names.len()];
        for line in lines {
            for (series, cell) in counts.iter_mut().zip(line.split(',')) {
                series.push(cell.parse().expect("the extract holds whole numbers"));
            }
        }
        Self { names, counts }
    }

    /// The index of a series.
    pub(crate) fn series(&self, name: &str) -> usize {
        self.names.iter().position(|known| known == name).expect("only embedded series are asked for")
    }

    /// The demand of a series in the hour that begins at `second` (of the Unix epoch).
    pub(crate) fn at(&self, series: usize, second: i64) -> u32 {
        let hour = (second - ANCHOR).div_euclid(3600) + HOURS / 2;
        self.counts[series][hour.rem_euclid(HOURS) as usize]
    }

    /// The sum over the whole extract and its number of hours: their quotient is the mean.
    pub(crate) fn sum(&self, series: usize) -> (u64, u64) {
        (self.counts[series].iter().map(|count| u64::from(*count)).sum(), HOURS as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::{ANCHOR, Demand};

    #[test]
    fn the_extract_is_the_published_data() {
        let demand = Demand::embedded();
        let busiest = demand.series("r1B");
        assert_eq!(demand.sum(busiest), (4_214_432, 8736));
        assert_eq!(demand.at(busiest, ANCHOR), demand.at(busiest, ANCHOR + 8736 * 3600));
        assert!(demand.at(demand.series("r1L"), ANCHOR) > 0);
    }
}
