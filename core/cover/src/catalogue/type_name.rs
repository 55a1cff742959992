//! What the name of an instance, node or class type is made of: `db.r5b.2xlarge.tpc2.mem4x` is family `r5b` and size `2xlarge`, with more.

/// A type's name, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TypeName<'a> {
    /// All before the size: `db.r5b`.
    pub(super) before: &'a str,
    /// The family alone: `r5b`.
    pub(super) family: &'a str,
    /// `2xlarge`.
    pub(super) size: &'a str,
    /// All after the size: `tpc2.mem4x`, `search`.
    pub(super) after: &'a str,
}

impl<'a> TypeName<'a> {
    /// Takes a name apart whose size is one that AWS's names have; none else.
    pub(super) fn parse(name: &'a str) -> Option<Self> {
        let mut at = name.find('.')? + 1;
        for size in name[at..].split('.') {
            if is_size(size) {
                let (before, after) = (&name[..at - 1], name[at + size.len()..].trim_start_matches('.'));
                let family = before.rsplit_once('.').map_or(before, |(_, family)| family);
                return Some(Self { before, family, size, after }).filter(|found| !found.family.is_empty());
            }
            at += size.len() + 1;
        }
        None
    }

    /// Whether the name ends in what says that it is a search domain's, which says nothing of its size.
    pub(super) fn is_search(&self) -> bool {
        matches!(self.after, "search" | "elasticsearch")
    }
}

/// Family and size of a type: `m5` and `large`, whatever service's prefix or suffix it carries. What stands after the size and changes what
/// the type holds belongs to the size: `2xlarge.tpc2.mem4x`.
#[must_use]
pub fn split_type(instance_type: &str) -> Option<(&str, &str)> {
    if let Some(found) = TypeName::parse(instance_type) {
        let size = &instance_type[found.before.len() + 1..];
        return Some((found.family, if found.is_search() { found.size } else { size }));
    }
    // A size that AWS's names did not have when this was written still belongs to a family.
    let bare = ["db.", "cache.", "ml."].iter().find_map(|prefix| instance_type.strip_prefix(prefix)).unwrap_or(instance_type);
    bare.split_once('.').filter(|(family, size)| !family.is_empty() && !size.is_empty())
}

fn is_size(part: &str) -> bool {
    let named =
        ["nano", "micro", "small", "medium", "large", "xlarge", "xlplus"].contains(&part) || part == "metal" || part.starts_with("metal-");
    let counted = part.strip_suffix("xlarge").is_some_and(|count| !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit()));
    named || counted
}

#[cfg(test)]
mod tests {
    use super::{TypeName, split_type};

    #[test]
    fn a_type_is_a_family_and_a_size() {
        assert_eq!(split_type("cache.m5.large"), Some(("m5", "large")));
        assert_eq!(split_type("m5.large.search"), Some(("m5", "large")));
        assert_eq!(split_type("db.r5b.2xlarge.tpc2.mem4x"), Some(("r5b", "2xlarge.tpc2.mem4x")));
        assert_eq!(split_type("db.m5.huge"), Some(("m5", "huge")));
        assert_eq!(split_type("nothing"), None);
        assert_eq!(split_type(".large"), None);
    }

    #[test]
    fn both_readings_of_a_name_are_one() {
        for name in ["m5.large", "db.r5b.2xlarge.tpc2.mem4x", "cache.t3.micro", "m5.large.search", "c7i.metal-24xl", "ra3.xlplus"] {
            let parsed = TypeName::parse(name).unwrap();
            assert_eq!(split_type(name).map(|(family, _)| family), Some(parsed.family), "{name}");
        }
    }
}
