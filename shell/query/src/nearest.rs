//! Which of the known names someone may have meant.

use datafusion::common::utils::datafusion_strsim::levenshtein;

/// Suggestions at most.
const NEAR_MAX: usize = 3;

/// The known names nearest to `name`, best first; none when nothing looks alike.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let wanted = name.to_lowercase();
    let mut ranked: Vec<(usize, &str)> = known.into_iter().filter_map(|known| Some((distance(&wanted, known)?, known))).collect();
    ranked.sort_unstable();
    ranked.dedup();
    ranked.into_iter().take(NEAR_MAX).map(|(_, known)| known.to_owned()).collect()
}

/// How far apart two names are, if they are alike at all.
fn distance(wanted: &str, known: &str) -> Option<usize> {
    let known = known.to_lowercase();
    let edits = levenshtein(wanted, &known);
    let close = edits <= wanted.chars().count().max(3) / 3;
    let contained = wanted.len() >= 4 && known.contains(wanted);
    // A name that contains the other whole ranks behind any that is a few keystrokes away.
    if close { Some(edits) } else { contained.then_some(100 + edits) }
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_of_the_finger_finds_its_name() {
        let known = ["ServiceName", "ServiceCategory", "RegionId", "Team", "team-id", "Environment"];
        let near = |name| nearest(name, known).join(", ");
        assert_eq!(near("servcename"), "ServiceName");
        assert_eq!(near("Teem"), "Team");
        assert_eq!(near("service"), "ServiceName, ServiceCategory");
        assert_eq!(near("env"), "");
        assert_eq!(near("xyzzy"), "");
    }
}
