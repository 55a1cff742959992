//! How we read the rules of the model that do not read themselves: `focus-readings.json`.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::expr::{Check, form_named};
use super::model::{Body, body_of};

const COMMITTED: &str = include_str!("../../focus-readings.json");

/// All readings, by rule.
#[derive(Debug)]
pub(crate) struct Readings {
    by_rule: BTreeMap<String, Reading>,
}

#[derive(Debug)]
enum Reading {
    /// The machine form contradicts the rule's own text: what it was, and what we read instead.
    Misencoded {
        was: Value,
        read: Option<Value>,
        because: String,
    },
    Read {
        requirement: Value,
        condition: Option<Value>,
    },
    Through(String),
    NotCheckable(String),
}

impl Readings {
    pub(crate) fn committed() -> Result<Readings> {
        Readings::parse(COMMITTED).context("in focus-readings.json")
    }

    pub(crate) fn parse(text: &str) -> Result<Readings> {
        let all: Value = serde_json::from_str(text)?;
        let mut readings = Readings { by_rule: BTreeMap::new() };
        for entry in list(&all, "misencoded")? {
            let read = entry.get("read").cloned();
            ensure!(read.is_some() != (entry.get("not_checkable") == Some(&Value::Bool(true))), "`{entry}` neither reads nor gives up");
            let was = entry.get("was").cloned().context("`was` is missing")?;
            readings.add(word(entry, "rule")?, Reading::Misencoded { was, read, because: word(entry, "because")?.to_owned() })?;
        }
        for entry in list(&all, "read")? {
            let requirement = entry.get("Requirement").cloned().context("`Requirement` is missing")?;
            readings.add(word(entry, "rule")?, Reading::Read { requirement, condition: entry.get("Condition").cloned() })?;
        }
        for (function, rules) in all.get("through").and_then(Value::as_object).context("`through` is missing")? {
            ensure!(form_named(function).is_some(), "`{function}` is not a format");
            for rule in rules.as_array().context("not a list of rules")? {
                readings.add(rule.as_str().context("not a rule")?, Reading::Through(function.clone()))?;
            }
        }
        for entry in list(&all, "not_checkable")? {
            for rule in list(entry, "rules")? {
                readings.add(rule.as_str().context("not a rule")?, Reading::NotCheckable(word(entry, "because")?.to_owned()))?;
            }
        }
        Ok(readings)
    }

    fn add(&mut self, rule: &str, reading: Reading) -> Result<()> {
        ensure!(self.by_rule.insert(rule.to_owned(), reading).is_none(), "rule `{rule}` is read twice");
        Ok(())
    }

    /// Refuses a reading of a rule that does not exist.
    pub(crate) fn verify(&self, exists: impl Fn(&str) -> bool) -> Result<()> {
        for rule in self.by_rule.keys() {
            ensure!(exists(rule), "focus-readings.json reads rule `{rule}`, which the model does not have");
        }
        Ok(())
    }

    pub(crate) fn mentions(&self, rule: &str) -> bool {
        self.by_rule.contains_key(rule)
    }

    /// The reading of a rule the model leaves open: a condition if it replaces the model's, and what to check.
    pub(crate) fn open(&self, rule: &str) -> Result<(Option<Option<Check>>, Body)> {
        match self.by_rule.get(rule) {
            Some(Reading::Read { requirement, condition }) => {
                let condition = condition.as_ref().map(Check::parse_optional).transpose()?;
                Ok((condition, body_of(Check::parse(requirement)?)?))
            }
            Some(Reading::Through(function)) => Ok((None, Body::Through(function.clone()))),
            Some(Reading::NotCheckable(because)) => Ok((None, Body::NotCheckable(because.clone()))),
            Some(Reading::Misencoded { .. }) => bail!("the model leaves it open, so it cannot be misencoded"),
            None => bail!("the model leaves it open, and focus-readings.json does not say how to read it"),
        }
    }

    /// What to check instead of a rule whose machine form contradicts its text; `None` when the form stands.
    pub(crate) fn misencoded(&self, rule: &str, requirement: &Value, condition: &Value) -> Result<Option<(Option<Check>, Body)>> {
        match self.by_rule.get(rule) {
            None => Ok(None),
            Some(Reading::Misencoded { was, read, because }) => {
                let same = was.get("Requirement") == Some(requirement) && was.get("Condition") == Some(condition);
                ensure!(same, "its form is no longer the one that focus-readings.json replaces");
                let Some(read) = read else {
                    return Ok(Some((None, Body::NotCheckable(format!("misencoded in the model: {because}")))));
                };
                let part = |name: &str| read.get(name).with_context(|| format!("`{name}` is missing"));
                let check = Check::parse(part("Requirement")?)?;
                Ok(Some((Check::parse_optional(part("Condition")?)?, body_of(check)?)))
            }
            Some(_) => bail!("the model does not leave it open, so it needs no reading"),
        }
    }
}

fn list<'a>(value: &'a Value, name: &str) -> Result<&'a [Value]> {
    Ok(value.get(name).and_then(Value::as_array).with_context(|| format!("`{name}` is missing"))?)
}

fn word<'a>(value: &'a Value, name: &str) -> Result<&'a str> {
    value.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).with_context(|| format!("`{name}` is missing in `{value}`"))
}
