//! What checking found, for each rule of the model.

use std::collections::BTreeMap;
use std::fmt;

use super::model::Keyword;

/// The outcome of every rule.
#[derive(Debug)]
pub struct Report {
    pub(crate) results: Vec<RuleResult>,
    pub(crate) rows: usize,
}

/// One rule and its outcome.
#[derive(Debug, Clone)]
pub struct RuleResult {
    /// The rule's id in the model.
    pub rule: String,
    /// How strongly it asks.
    pub keyword: Keyword,
    /// What it says.
    pub text: String,
    /// What was found.
    pub outcome: Outcome,
}

/// What was found about one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It holds; its condition selected this many rows (for a rule about the dataset or made of other rules: all of them).
    Passed {
        /// Rows looked at.
        rows: usize,
    },
    /// It does not hold.
    Failed(Failure),
    /// It is made of other rules, or decided by them, and these do not hold.
    FailedBy(Vec<String>),
    /// It does not apply, for this reason.
    Inapplicable(String),
    /// Rows cannot show whether it holds, for this reason.
    NotCheckable(String),
}

/// How a rule fails.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Failure {
    /// How many rows (for a count of distinct values: how many values) offend; 0 when it is not about single rows.
    pub count: usize,
    /// The first of them.
    pub first: Vec<Offence>,
    /// What is wrong with the column or the dataset as a whole.
    pub note: Option<String>,
}

/// A row that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offence {
    /// The row's number, from 1, the header of a CSV file not counted, all parts together.
    pub row: usize,
    /// The columns the rule and its condition look at, with their values in the row; `None` for null.
    pub values: Vec<(String, Option<String>)>,
}

impl Report {
    /// Every rule, in the order of the ids.
    #[must_use]
    pub fn results(&self) -> &[RuleResult] {
        &self.results
    }

    /// The rules that must hold and do not, without those that fail only by others.
    pub fn failures(&self) -> impl Iterator<Item = &RuleResult> {
        self.failed(Keyword::Must)
    }

    /// The rules that should hold and do not.
    pub fn warnings(&self) -> impl Iterator<Item = &RuleResult> {
        self.failed(Keyword::Should)
    }

    /// Whether nothing that must hold fails.
    #[must_use]
    pub fn conforms(&self) -> bool {
        self.failures().next().is_none()
    }

    /// The ids of the failures, for a test to compare.
    #[must_use]
    pub fn failed_rules(&self) -> Vec<&str> {
        self.failures().map(|result| result.rule.as_str()).collect()
    }

    /// How many rules passed, failed, do not apply, and cannot be checked.
    #[must_use]
    pub fn counts(&self) -> (usize, usize, usize, usize) {
        let count = |is: fn(&Outcome) -> bool| self.results.iter().filter(|result| is(&result.outcome)).count();
        (
            count(|outcome| matches!(outcome, Outcome::Passed { .. })),
            count(|outcome| matches!(outcome, Outcome::Failed(_) | Outcome::FailedBy(_))),
            count(|outcome| matches!(outcome, Outcome::Inapplicable(_))),
            count(|outcome| matches!(outcome, Outcome::NotCheckable(_))),
        )
    }

    /// The rules that do not apply or cannot be checked, by reason.
    #[must_use]
    pub fn unchecked(&self) -> BTreeMap<String, Vec<&str>> {
        let mut by_reason: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for result in &self.results {
            let reason = match &result.outcome {
                Outcome::Inapplicable(reason) => format!("inapplicable: {reason}"),
                Outcome::NotCheckable(reason) => format!("not checkable: {reason}"),
                _ => continue,
            };
            by_reason.entry(reason).or_default().push(&result.rule);
        }
        by_reason
    }

    fn failed(&self, keyword: Keyword) -> impl Iterator<Item = &RuleResult> {
        self.results.iter().filter(move |result| result.keyword == keyword && matches!(result.outcome, Outcome::Failed(_)))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (passed, failed, inapplicable, open) = self.counts();
        writeln!(f, "{} rules, {} rows", self.results.len(), self.rows)?;
        let vacuous = self.results.iter().filter(|result| result.outcome == Outcome::Passed { rows: 0 }).count();
        writeln!(f, "passed {passed} ({vacuous} of them met no row), failed {failed}, inapplicable {inapplicable}, not checkable {open}")?;
        for (title, failed) in [("failed", self.failed(Keyword::Must)), ("should not be so", self.failed(Keyword::Should))] {
            for result in failed {
                write!(f, "\n{title}: {}: {}\n{}", result.rule, result.text, result.outcome)?;
            }
        }
        for (reason, rules) in self.unchecked() {
            write!(f, "\n{reason} ({}): {}\n", rules.len(), rules.join(", "))?;
        }
        Ok(())
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Passed { rows } => writeln!(f, "  passed, {rows} rows"),
            Outcome::Failed(failure) => failure.fmt(f),
            Outcome::FailedBy(rules) => writeln!(f, "  failed by {}", rules.join(", ")),
            Outcome::Inapplicable(reason) => writeln!(f, "  inapplicable: {reason}"),
            Outcome::NotCheckable(reason) => writeln!(f, "  not checkable: {reason}"),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(note) = &self.note {
            writeln!(f, "  {note}")?;
        }
        for offence in &self.first {
            let values = offence.values.iter().map(|(column, value)| match value {
                Some(value) => format!("{column} `{value}`"),
                None => format!("{column} null"),
            });
            writeln!(f, "  row {}: {}", offence.row, values.collect::<Vec<_>>().join(", "))?;
        }
        if self.count > self.first.len() {
            writeln!(f, "  … {} in all", self.count)?;
        }
        Ok(())
    }
}
