//! Which FOCUS category an AWS service belongs to.

use std::sync::LazyLock;

/// A service as FOCUS wants it shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Service {
    /// FOCUS `ServiceName`.
    pub name: &'static str,
    /// FOCUS `ServiceCategory`.
    pub category: &'static str,
    /// FOCUS `ServiceSubcategory`; belongs to `category`.
    pub subcategory: &'static str,
}

/// Code, name, category, subcategory: our reading of FOCUS 1.2's categories, in code order.
const SERVICES: &str = include_str!("../data/services.csv");

/// The table in memory, in code order.
static TABLE: LazyLock<Vec<(&str, Service)>> = LazyLock::new(|| {
    let service = |row: &'static str| {
        let mut fields = row.splitn(4, ',');
        let mut next = || fields.next().expect("each row of the table has four fields");
        (next(), Service { name: next(), category: next(), subcategory: next() })
    };
    SERVICES.lines().skip(1).map(service).collect()
});

impl Service {
    /// The service of an AWS product code. `None` for codes that the table does not know, Marketplace products above all.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        let table = &*TABLE;
        let at = table.binary_search_by_key(&code, |(known, _)| known).ok()?;
        Some(table[at].1)
    }

    /// What an unknown service counts as.
    #[must_use]
    pub const fn unknown() -> Self {
        Self { name: "Unknown", category: "Other", subcategory: "Other (Other)" }
    }
}

#[cfg(test)]
mod tests {
    use super::{SERVICES, Service};

    #[test]
    fn the_table_is_sorted_and_whole() {
        let rows: Vec<Vec<&str>> = SERVICES.lines().skip(1).map(|row| row.split(',').collect()).collect();
        assert!(rows.iter().all(|row| row.len() == 4 && row.iter().all(|field| !field.is_empty())));
        assert!(rows.is_sorted_by(|a, b| a[0] < b[0]));
    }

    #[test]
    fn a_code_finds_its_service() {
        let service = Service::of_code("AmazonEC2").unwrap();
        assert_eq!((service.category, service.subcategory), ("Compute", "Virtual Machines"));
        assert_eq!(Service::of_code("3v4lm0p9q7nxbexample"), None);
        for row in SERVICES.lines().skip(1) {
            let (code, rest) = row.split_once(',').unwrap();
            assert_eq!(Service::of_code(code).unwrap().name, rest.split(',').next().unwrap());
        }
    }
}
