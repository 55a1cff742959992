//! The table of actions that are known: level, the kinds of resource an action acts on, what its answer can carry. Read once, at first use.

use super::glob;
use crate::kinds::Access;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The table, as `data/` keeps it.
pub(super) static TABLE: LazyLock<Table> =
    LazyLock::new(|| Table::parse(include_str!("../../data/actions.txt"), include_str!("../../data/sensitive.txt")));

/// All known actions.
#[derive(Debug)]
pub(super) struct Table {
    services: BTreeMap<&'static str, Service>,
    sensitive: BTreeMap<&'static str, &'static str>,
}

/// A service.
#[derive(Debug, Default)]
struct Service {
    actions: Vec<Action>,
    /// Kind of resource and its ARN.
    types: Vec<(&'static str, &'static str)>,
}

/// An action.
#[derive(Debug)]
pub(super) struct Action {
    /// `service:Action`.
    pub(super) name: &'static str,
    pub(super) access: Access,
    /// The kinds of resource it can act on; none when it can be limited to nothing.
    pub(super) types: Vec<&'static str>,
}

impl Action {
    /// Its service.
    pub(super) fn service(&self) -> &'static str {
        self.name.split(':').next().unwrap_or_default()
    }
}

impl Table {
    fn parse(actions: &'static str, sensitive: &'static str) -> Self {
        let mut services = BTreeMap::<&str, Service>::new();
        let mut service = "";
        for line in actions.lines().filter(|line| !line.starts_with('#')) {
            let (word, rest) = line.split_once([' ', ':']).expect("a line of the table has words");
            match word {
                "service" => service = rest,
                "type" => {
                    let named = rest.split_once(' ').expect("a kind has an ARN");
                    services.entry(service).or_default().types.push(named);
                }
                letter => {
                    let (types, names) = line[letter.len()..].split_once(':').expect("actions follow a colon");
                    let types: Vec<_> = types.split_whitespace().collect();
                    let access = level(letter);
                    let actions = names.split_whitespace().map(|name| Action { name: leak(service, name), access, types: types.clone() });
                    services.entry(service).or_default().actions.extend(actions);
                }
            }
        }
        let sensitive = sensitive.lines().filter_map(|line| line.split_once(": ")).filter(|(kind, _)| !kind.starts_with('#'));
        let sensitive = sensitive.flat_map(|(kind, actions)| actions.split_whitespace().map(move |action| (action, kind))).collect();
        Self { services, sensitive }
    }

    /// Every action, by service.
    pub(super) fn actions(&self) -> impl Iterator<Item = &Action> {
        self.services.values().flat_map(|service| &service.actions)
    }

    /// Every action that a policy's pattern matches.
    pub(super) fn matching(&self, pattern: &str) -> impl Iterator<Item = &Action> {
        let service = pattern.split(':').next().unwrap_or_default();
        let services = self.services.iter().filter(move |(name, _)| glob::matches(service, name));
        services.flat_map(|(_, service)| &service.actions).filter(move |action| glob::matches(pattern, action.name))
    }

    /// The kinds of a service's resources that an ARN pattern can mean.
    ///
    /// When it is that of a kind to the letter, it means that kind; else whatever kind it could mean.
    pub(super) fn kinds(&self, service: &str, arn: &str) -> Vec<&'static str> {
        let types = self.services.get(service).map(|service| service.types.as_slice()).unwrap_or_default();
        let meant = |whole| types.iter().filter(|(_, kind)| glob::overlap(arn, kind, whole)).map(|(name, _)| *name).collect::<Vec<_>>();
        let exact = meant(true);
        if exact.is_empty() { meant(false) } else { exact }
    }

    /// What the action's answer can carry, if anything.
    pub(super) fn sensitive(&self, action: &str) -> Option<&'static str> {
        self.sensitive.get(action).copied()
    }
}

fn level(letter: &str) -> Access {
    match letter {
        "L" => Access::List,
        "R" => Access::Read,
        "T" => Access::Tagging,
        "W" => Access::Write,
        "P" => Access::Permissions,
        other => panic!("`{other}` is no level of the table"),
    }
}

/// The table lives as long as the program, and so do the names in it.
fn leak(service: &str, name: &str) -> &'static str {
    Box::leak(format!("{service}:{name}").into_boxed_str())
}

#[cfg(test)]
mod tests {
    use super::TABLE;
    use crate::counts::lowest_tiers;

    #[test]
    fn the_table_knows_all_that_tenor_needs_at_the_level_the_catalogue_says() {
        for (name, (_, grant)) in lowest_tiers() {
            let known: Vec<_> = TABLE.matching(name).collect();
            assert_eq!(known.len(), 1, "{name}");
            assert_eq!(known[0].access, grant.access, "{name}");
            assert_eq!(TABLE.sensitive(name).is_some(), grant.sensitive.is_some(), "{name}");
        }
    }

    #[test]
    fn what_can_carry_secrets_is_an_action() {
        for action in TABLE.sensitive.keys() {
            assert_eq!(TABLE.matching(action).count(), 1, "{action}");
        }
    }
}
