//! Which parts of the model apply to a dataset: the model's own criteria first, single rules as a last resort.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::model::Model;

const COMMITTED: &str = include_str!("../../focus-inapplicable.json");

/// The criteria a provider does not meet and the rules left out, each with its reason.
#[derive(Debug, Clone, Default)]
pub struct Applicability {
    unsupported: Reasons,
    rules: Reasons,
}

impl Applicability {
    /// Everything applies.
    #[must_use]
    pub fn everything() -> Applicability {
        Applicability::default()
    }

    /// What applies to bills of AWS, as committed in `focus-inapplicable.json`.
    #[must_use]
    pub fn aws() -> Applicability {
        Applicability::default().with_committed("aws")
    }

    /// The same for bills that come from the legacy Cost and Usage Report, which knows less.
    #[must_use]
    pub fn aws_legacy_cur() -> Applicability {
        Applicability::aws().with_committed("legacy_cur")
    }

    /// Leaves out the rules that need `criterion`.
    #[must_use]
    pub fn without(mut self, criterion: &str, because: &str) -> Applicability {
        self.unsupported.insert(criterion.to_owned(), because.to_owned());
        self
    }

    /// Leaves out one rule and what only it contains.
    #[must_use]
    pub fn except(mut self, rule: &str, because: &str) -> Applicability {
        self.rules.insert(rule.to_owned(), because.to_owned());
        self
    }

    fn with_committed(mut self, section: &str) -> Applicability {
        let (unsupported, rules) = committed(section).unwrap_or_else(|error| panic!("focus-inapplicable.json cannot be read: {error:#}"));
        self.unsupported.extend(unsupported);
        self.rules.extend(rules);
        self
    }

    /// Refuses criteria and rules the model does not have, and reasons that say nothing.
    pub(crate) fn verify(&self, model: &Model) -> Result<()> {
        for (criterion, because) in &self.unsupported {
            ensure!(model.criteria.contains(criterion), "the model has no applicability criterion `{criterion}`");
            ensure!(!because.trim().is_empty(), "criterion `{criterion}` is left out without a reason");
        }
        for (rule, because) in &self.rules {
            ensure!(model.rules.contains_key(rule), "the model has no rule `{rule}`, which is listed as inapplicable");
            ensure!(!because.trim().is_empty(), "rule `{rule}` is left out without a reason");
        }
        Ok(())
    }

    /// Why `rule`, which needs `criteria`, does not apply; `None` when it does.
    pub(crate) fn against(&self, rule: &str, criteria: &[String]) -> Option<String> {
        if let Some(because) = self.rules.get(rule) {
            return Some(because.clone());
        }
        let criterion = criteria.iter().find(|criterion| self.unsupported.contains_key(*criterion))?;
        Some(format!("{criterion}: {}", self.unsupported[criterion]))
    }

    pub(crate) fn supports(&self, criterion: &str) -> bool {
        !self.unsupported.contains_key(criterion)
    }
}

type Reasons = BTreeMap<String, String>;

/// The criteria and the rules of one section of the committed file.
fn committed(section: &str) -> Result<(Reasons, Reasons)> {
    let all: Value = serde_json::from_str(COMMITTED)?;
    let part = |name: &str| -> Result<Reasons> {
        let part = all.get(section).and_then(|section| section.get(name));
        Ok(serde_json::from_value(part.cloned().with_context(|| format!("no `{name}` in `{section}`"))?)?)
    };
    Ok((part("unsupported")?, part("rules")?))
}
