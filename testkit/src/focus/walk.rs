//! Goes through the rules from the roots down and finds the outcome of each.
//!
//! What a rule made of others demands, its condition and its applicability, holds for its parts too. A rule that is part of
//! several is checked in each place, and the worst outcome stands.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use anyhow::{Context, Result, ensure};

use super::applicability::Applicability;
use super::dataset::Dataset;
use super::eval::{Node, Truth};
use super::expr::{Check, form_named};
use super::format::{self, Verdict};
use super::model::{Body, Keyword, Model, Rule};
use super::report::{Failure, Outcome, Report, RuleResult};
use super::table::{SHOWN, column_names, distinct_count, offence, placeholders};

/// Checks every rule of the model.
pub(crate) fn check(model: &Model, dataset: &Dataset, applicability: &Applicability) -> Result<Report> {
    let virtual_currency = applicability.supports("VIRTUAL_CURRENCY_SUPPORTED");
    let mut walk = Walk { model, dataset, applicability, virtual_currency, found: BTreeMap::new() };
    let everything = Place { rows: Rc::from(vec![true; dataset.rows]), against: None };
    for root in &model.roots {
        walk.visit(root, &everything)?;
    }
    let mut settled = BTreeMap::new();
    for id in model.rules.keys() {
        walk.settle(id, &mut settled)?;
    }
    let result = |(id, rule): (&String, &Rule)| RuleResult {
        rule: id.clone(),
        keyword: rule.keyword,
        text: rule.text.clone(),
        outcome: settled[id].clone(),
    };
    Ok(Report { results: model.rules.iter().map(result).collect(), rows: dataset.rows })
}

struct Walk<'a> {
    model: &'a Model,
    dataset: &'a Dataset,
    applicability: &'a Applicability,
    virtual_currency: bool,
    /// Outcomes of the rules that are not decided by others, the worst of all places.
    found: BTreeMap<String, Outcome>,
}

/// What the rules above demand.
struct Place {
    /// The rows all conditions so far select.
    rows: Rc<[bool]>,
    /// Why nothing below applies.
    against: Option<String>,
}

impl Walk<'_> {
    fn visit(&mut self, id: &str, above: &Place) -> Result<()> {
        let model = self.model;
        let rule = &model.rules[id];
        let place = self.place(id, rule, above).with_context(|| format!("rule `{id}`"))?;
        match (&place.against, &rule.body) {
            (Some(because), _) => self.find(id, Outcome::Inapplicable(because.clone())),
            (None, Body::Check(check)) => {
                let outcome = self.check(rule, check, &place.rows).with_context(|| format!("rule `{id}`"))?;
                self.find(id, outcome);
            }
            (None, Body::AnyOf(parts)) => return self.any_of(id, parts, &place),
            (None, Body::NotCheckable(because)) => self.find(id, Outcome::NotCheckable(because.clone())),
            (None, Body::AllOf(_) | Body::Through(_)) => {}
        }
        for part in rule.body.parts() {
            self.visit(part, &place)?;
        }
        Ok(())
    }

    fn place(&self, id: &str, rule: &Rule, above: &Place) -> Result<Place> {
        let against = above.against.clone().or_else(|| self.applicability.against(id, &rule.criteria));
        let rows = match &rule.condition {
            None => Rc::clone(&above.rows),
            Some(condition) => {
                let node = self.node(condition)?;
                above.rows.iter().enumerate().map(|(row, selected)| *selected && node.truth(row) == Truth::True).collect()
            }
        };
        Ok(Place { rows, against })
    }

    fn node(&self, check: &Check) -> Result<Node<'_>> {
        Node::new(check, self.dataset, self.virtual_currency)
    }

    /// Keeps the worst outcome of a rule checked in several places.
    fn find(&mut self, id: &str, outcome: Outcome) {
        let weight = |outcome: &Outcome| match outcome {
            Outcome::Failed(failure) => (4, failure.count),
            Outcome::FailedBy(_) => (4, 0),
            Outcome::Passed { rows } => (3, *rows),
            Outcome::NotCheckable(_) => (2, 0),
            Outcome::Inapplicable(_) => (1, 0),
        };
        if self.found.get(id).is_none_or(|before| weight(before) < weight(&outcome)) {
            self.found.insert(id.to_owned(), outcome);
        }
    }

    fn check(&self, rule: &Rule, check: &Check, rows: &[bool]) -> Result<Outcome> {
        if let Some(column) = check.columns().into_iter().find(|column| self.dataset.index(column).is_none()) {
            return Ok(self.without_column(column));
        }
        let all = Outcome::Passed { rows: self.dataset.rows };
        let failed = |failure: Option<Failure>| failure.map_or(all, Outcome::Failed);
        let column = |name: &str| self.dataset.index(name).map(|index| &self.dataset.columns[index]);
        match check {
            Check::Present(name) if column(name).is_some() => Ok(failed(None)),
            Check::Present(name) => Ok(failed(Some(Failure { note: Some(format!("column {name} is missing")), ..Failure::default() }))),
            Check::NoPlaceholder => Ok(failed(placeholders(self.dataset, &self.model.columns))),
            Check::ColumnNames(naming) => Ok(failed(column_names(self.dataset, &self.model.columns, *naming))),
            Check::DistinctCount { per, of, expected } => {
                let (per, of) = column(per).zip(column(of)).context("a column vanished")?;
                Ok(failed(distinct_count(self.dataset, rows, per, of, *expected)))
            }
            _ => self.check_rows(rule, check, rows),
        }
    }

    fn check_rows(&self, rule: &Rule, check: &Check, rows: &[bool]) -> Result<Outcome> {
        if let Check::Form(form, column) = check
            && let Some(index) = self.dataset.index(column)
            && let Verdict::Never(note) = format::by_kind(*form, &self.dataset.columns[index].kind)
        {
            return Ok(Outcome::Failed(Failure { note: Some(note), ..Failure::default() }));
        }
        let mut columns = check.columns();
        columns.extend(rule.condition.iter().flat_map(Check::columns));
        let mut seen = BTreeSet::new();
        columns.retain(|column| seen.insert(*column));
        let node = self.node(check)?;
        Ok(self.rows_where(rows, &columns, |row| node.truth(row) == Truth::False))
    }

    fn rows_where(&self, rows: &[bool], columns: &[&str], fails: impl Fn(usize) -> bool) -> Outcome {
        let mut failure = Failure::default();
        let mut looked_at = 0;
        for row in (0..self.dataset.rows).filter(|row| rows[*row]) {
            looked_at += 1;
            if fails(row) {
                failure.count += 1;
                if failure.first.len() < SHOWN {
                    failure.first.push(offence(self.dataset, row, columns));
                }
            }
        }
        if failure.count > 0 { Outcome::Failed(failure) } else { Outcome::Passed { rows: looked_at } }
    }

    /// One missing column is one failure, that of its presence rule; what else speaks of the column is not checked.
    fn without_column(&self, column: &str) -> Outcome {
        let required = self.model.rules.iter().any(|(id, rule)| {
            rule.keyword == Keyword::Must
                && matches!(&rule.body, Body::Check(Check::Present(name)) if name == column)
                && self.applicability.against(id, &rule.criteria).is_none()
        });
        match required {
            true => Outcome::NotCheckable(format!("column {column} is missing")),
            false => Outcome::Inapplicable(format!("optional column {column} is not in the dataset")),
        }
    }

    /// At least one of the rules whose condition selects a row holds for it.
    fn any_of(&mut self, id: &str, parts: &[String], place: &Place) -> Result<()> {
        let outcome = self.alternatives(parts, place).with_context(|| format!("rule `{id}`"))?;
        for part in parts {
            ensure!(self.model.rules[part].body.parts().is_empty(), "rule `{id}`: the alternative `{part}` is made of rules");
            let by_parent = match &outcome {
                Outcome::Failed(_) => Outcome::FailedBy(vec![id.to_owned()]),
                other => other.clone(),
            };
            self.find(part, by_parent);
        }
        self.find(id, outcome);
        Ok(())
    }

    fn alternatives(&self, parts: &[String], place: &Place) -> Result<Outcome> {
        let mut nodes = Vec::new();
        let mut columns: Vec<&str> = Vec::new();
        for part in parts {
            let rule = &self.model.rules[part];
            let Body::Check(check) = &rule.body else { return Ok(Outcome::NotCheckable(format!("its alternative {part} is not"))) };
            columns.extend(check.columns().into_iter().chain(rule.condition.iter().flat_map(Check::columns)));
            nodes.push((self.place(part, rule, place)?.rows, self.node(check)?));
        }
        let mut seen = BTreeSet::new();
        columns.retain(|column| seen.insert(*column));
        if let Some(missing) = columns.iter().find(|column| self.dataset.index(column).is_none()) {
            return Ok(self.without_column(missing));
        }
        Ok(self.rows_where(&place.rows, &columns, |row| {
            let mut applicable = nodes.iter().filter(|(rows, _)| rows[row]).map(|(_, node)| node.truth(row)).peekable();
            applicable.peek().is_some() && applicable.all(|truth| truth == Truth::False)
        }))
    }

    /// The outcome of a rule, from those of its parts or of the rules that use its format, if these decide.
    fn settle(&self, id: &str, settled: &mut BTreeMap<String, Outcome>) -> Result<Outcome> {
        if let Some(outcome) = settled.get(id) {
            return Ok(outcome.clone());
        }
        let outcome = match (self.found.get(id), &self.model.rules[id].body) {
            (Some(found), _) => found.clone(),
            (None, Body::AllOf(parts)) => self.together(parts, settled, |rule| rule.keyword == Keyword::Must)?,
            (None, Body::Through(function)) => {
                let form = form_named(function);
                let uses = |rule: &Rule| matches!(&rule.body, Body::Check(Check::Form(used, _)) if Some(*used) == form);
                let parts: Vec<String> = self.model.rules.iter().filter(|(_, rule)| uses(rule)).map(|(id, _)| id.clone()).collect();
                self.together(&parts, settled, |_| true)?
            }
            (None, _) => anyhow::bail!("rule `{id}` was never reached"),
        };
        settled.insert(id.to_owned(), outcome.clone());
        Ok(outcome)
    }

    /// The outcome of what stands and falls with `parts`, as far as they `count`.
    fn together(&self, parts: &[String], settled: &mut BTreeMap<String, Outcome>, count: fn(&Rule) -> bool) -> Result<Outcome> {
        let mut failed = Vec::new();
        let (mut passed, mut inapplicable) = (0, 0);
        for part in parts {
            match self.settle(part, settled)? {
                Outcome::Failed(_) | Outcome::FailedBy(_) if count(&self.model.rules[part]) => failed.push(part.clone()),
                Outcome::Inapplicable(_) => inapplicable += 1,
                Outcome::NotCheckable(_) => {}
                _ => passed += 1,
            }
        }
        Ok(match (failed.is_empty(), passed) {
            (false, _) => Outcome::FailedBy(failed),
            (true, 0) if inapplicable == parts.len() => Outcome::Inapplicable("none of its parts applies".to_owned()),
            (true, 0) => Outcome::NotCheckable("none of its parts can be checked".to_owned()),
            (true, _) => Outcome::Passed { rows: self.dataset.rows },
        })
    }
}
