//! From what price lists call a Region to its code.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// `name,code` lines.
const LOCATIONS: &str = include_str!("../data/locations.csv");

static CODES: LazyLock<BTreeMap<&str, &str>> = LazyLock::new(|| {
    let lines = LOCATIONS.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.rsplit_once(',').expect("each line has two fields")).collect()
});

/// The code of a Region by its name, or by the code itself; none for a name that nobody told us.
pub(crate) fn region<'a>(location: &str, code: &'a str) -> Option<&'a str>
where
    'static: 'a,
{
    match location {
        _ if !code.is_empty() => Some(code),
        // What is sold everywhere at one price.
        "" | "Any" | "Global" => Some(""),
        name => CODES.get(name).copied(),
    }
}

/// The code of a Region by what price lists and recommendations call it; none for a name that nobody told us.
#[must_use]
pub fn region_of_name(name: &str) -> Option<&'static str> {
    CODES.get(name).copied()
}

#[cfg(test)]
mod tests {
    use super::{region, region_of_name};

    #[test]
    fn a_region_is_known_by_its_code_or_its_name() {
        assert_eq!(region("Moon (Tranquility)", "moon-1"), Some("moon-1"));
        assert_eq!(region("EU (Ireland)", ""), Some("eu-west-1"));
        assert_eq!(region("Any", ""), Some(""));
        assert_eq!(region("Moon (Tranquility)", ""), None);
        assert_eq!(region_of_name("US East (N. Virginia)"), Some("us-east-1"));
        assert_eq!(region_of_name("us-east-1"), None);
    }
}
