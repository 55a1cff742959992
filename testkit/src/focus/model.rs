//! The conformance model: its rules, read strictly, and joined with how we read what it leaves open.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::applicability::Applicability;
use super::dataset::Dataset;
use super::expr::Check;
use super::readings::Readings;
use super::report::Report;
use super::walk;

/// The rules of one version of FOCUS.
#[derive(Debug)]
pub struct Model {
    pub(crate) rules: BTreeMap<String, Rule>,
    pub(crate) criteria: BTreeSet<String>,
    /// The rules no other refers to: where checking starts.
    pub(crate) roots: Vec<String>,
    /// The columns FOCUS defines.
    pub(crate) columns: BTreeSet<String>,
}

/// How strongly a rule asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Keyword {
    /// MUST and MUST NOT: breaking it is a failure.
    Must,
    /// SHOULD, SHOULD NOT and RECOMMENDED: breaking it is a warning.
    Should,
    /// MAY: nothing can break it.
    May,
}

#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) keyword: Keyword,
    /// What the rule says in words.
    pub(crate) text: String,
    pub(crate) criteria: Vec<String>,
    pub(crate) condition: Option<Check>,
    pub(crate) body: Body,
}

/// What there is to check.
#[derive(Debug)]
pub(crate) enum Body {
    Check(Check),
    /// All of these rules, or at least one of those whose condition selects the row.
    AllOf(Vec<String>),
    AnyOf(Vec<String>),
    /// Decided by the rules that use this check function.
    Through(String),
    NotCheckable(String),
}

impl Model {
    /// Reads the model, and how we read it.
    ///
    /// # Errors
    /// When anything in the model is not understood, or a reading of ours does not fit it.
    pub fn read(path: impl AsRef<Path>) -> Result<Model> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
        Model::parse(&text).with_context(|| format!("in `{}`", path.display()))
    }

    /// Reads the model from its JSON text.
    ///
    /// # Errors
    /// As [`Model::read`].
    pub fn parse(text: &str) -> Result<Model> {
        Model::parse_with(text, &Readings::committed()?)
    }

    pub(crate) fn parse_with(text: &str, readings: &Readings) -> Result<Model> {
        let model: Value = serde_json::from_str(text)?;
        let criteria: BTreeSet<String> = object(&model, "ApplicabilityCriteria")?.keys().cloned().collect();
        let rules = object(&model, "ModelRules")?;
        let mut parsed = BTreeMap::new();
        for (id, rule) in rules {
            let rule = parse_rule(id, rule, readings).with_context(|| format!("rule `{id}`"))?;
            for criterion in &rule.criteria {
                ensure!(criteria.contains(criterion), "rule `{id}`: unknown applicability criterion `{criterion}`");
            }
            parsed.insert(id.clone(), rule);
        }
        readings.verify(|id| parsed.contains_key(id))?;
        for function in used_functions(rules) {
            ensure!(object(&model, "CheckFunctions")?.contains_key(&function), "check function `{function}` is not declared");
        }
        let roots = roots(&parsed)?;
        let columns = parsed.values().filter_map(|rule| match &rule.body {
            Body::Check(Check::Present(column)) => Some(column.clone()),
            _ => None,
        });
        Ok(Model { criteria, roots, columns: columns.collect(), rules: parsed })
    }

    /// Checks a dataset against every rule.
    ///
    /// # Errors
    /// When `applicability` names a criterion or a rule the model does not have.
    pub fn check(&self, dataset: &Dataset, applicability: &Applicability) -> Result<Report> {
        applicability.verify(self)?;
        walk::check(self, dataset, applicability)
    }

    /// How many rules the model has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether the model has no rules.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }
}

impl fmt::Display for Keyword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Keyword::Must => "must",
            Keyword::Should => "should",
            Keyword::May => "may",
        })
    }
}

fn object<'a>(value: &'a Value, name: &str) -> Result<&'a serde_json::Map<String, Value>> {
    value.get(name).and_then(Value::as_object).with_context(|| format!("`{name}` is missing"))
}

fn text<'a>(value: &'a Value, name: &str) -> Result<&'a str> {
    value.get(name).and_then(Value::as_str).with_context(|| format!("`{name}` is missing"))
}

fn parse_rule(id: &str, rule: &Value, readings: &Readings) -> Result<Rule> {
    ensure!(text(rule, "Status")? == "Active", "unknown status");
    let validation = rule.get("ValidationCriteria").context("`ValidationCriteria` is missing")?;
    let keyword = match text(validation, "Keyword")? {
        "MUST" | "MUST NOT" => Keyword::Must,
        "SHOULD" | "SHOULD NOT" | "RECOMMENDED" => Keyword::Should,
        "MAY" => Keyword::May,
        other => bail!("unknown keyword `{other}`"),
    };
    let requirement = validation.get("Requirement").context("`Requirement` is missing")?;
    let condition = validation.get("Condition").context("`Condition` is missing")?;
    let dynamic = match text(rule, "Type")? {
        "Static" => false,
        "Dynamic" => true,
        other => bail!("unknown type `{other}`"),
    };
    // Parsed even where a reading replaces it: what is not understood is an error wherever it stands.
    let own = (Check::parse_optional(requirement)?, Check::parse_optional(condition)?);
    let (condition, body) = match own {
        _ if keyword == Keyword::May => {
            ensure!(!readings.mentions(id), "a permission needs no reading");
            (None, Body::NotCheckable("a permission (MAY): nothing can break it".to_owned()))
        }
        (None, condition) => {
            ensure!(dynamic, "a static rule without a requirement");
            let (replaced, body) = readings.open(id)?;
            (replaced.unwrap_or(condition), body)
        }
        (Some(check), stands) => {
            ensure!(!dynamic, "a dynamic rule with a requirement");
            match readings.misencoded(id, requirement, condition)? {
                Some(read) => read,
                None => (stands, body_of(check)?),
            }
        }
    };
    let criteria = rule.get("ApplicabilityCriteria").and_then(Value::as_array).context("`ApplicabilityCriteria` is missing")?;
    let criteria = criteria.iter().map(|item| Ok(item.as_str().context("a criterion is not text")?.to_owned()));
    Ok(Rule { keyword, text: text(validation, "MustSatisfy")?.to_owned(), criteria: criteria.collect::<Result<_>>()?, condition, body })
}

/// A requirement either refers to rules or checks rows; the model never mixes the two, and a mixture is refused.
pub(crate) fn body_of(check: Check) -> Result<Body> {
    if check.rules().is_empty() {
        return Ok(Body::Check(check));
    }
    let plain = |items: &[Check]| -> Option<Vec<String>> {
        items.iter().map(|item| if let Check::Rule(id) = item { Some(id.clone()) } else { None }).collect()
    };
    match &check {
        Check::Rule(id) => Ok(Body::AllOf(vec![id.clone()])),
        Check::All(items) => plain(items).map(Body::AllOf).context("a requirement mixes rules and checks"),
        Check::Any(items) => plain(items).map(Body::AnyOf).context("a requirement mixes rules and checks"),
        _ => bail!("a requirement mixes rules and checks"),
    }
}

impl Body {
    pub(crate) fn parts(&self) -> &[String] {
        match self {
            Body::AllOf(parts) | Body::AnyOf(parts) => parts,
            _ => &[],
        }
    }
}

/// The rules no other refers to; refuses references to nowhere and in a circle.
fn roots(rules: &BTreeMap<String, Rule>) -> Result<Vec<String>> {
    let mut referred = BTreeSet::new();
    for (id, rule) in rules {
        for part in rule.body.parts() {
            ensure!(rules.contains_key(part), "rule `{id}` refers to `{part}`, which does not exist");
            referred.insert(part.as_str());
        }
    }
    for id in rules.keys() {
        refuse_circle(rules, id, &mut Vec::new())?;
    }
    Ok(rules.keys().filter(|id| !referred.contains(id.as_str())).cloned().collect())
}

fn refuse_circle<'a>(rules: &'a BTreeMap<String, Rule>, id: &'a str, above: &mut Vec<&'a str>) -> Result<()> {
    ensure!(!above.contains(&id), "rule `{id}` is made of itself, by way of {}", above.join(", "));
    above.push(id);
    for part in rules[id].body.parts() {
        refuse_circle(rules, part, above)?;
    }
    above.pop();
    Ok(())
}

fn used_functions(rules: &serde_json::Map<String, Value>) -> BTreeSet<String> {
    fn collect(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("CheckFunction").and_then(Value::as_str).map(str::to_owned));
                fields.values().for_each(|field| collect(field, found));
            }
            Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    rules.values().for_each(|rule| collect(rule, &mut found));
    found
}
