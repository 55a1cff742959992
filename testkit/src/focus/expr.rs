//! The language the model writes its requirements and conditions in, and the few checks of our own that read what it left as text.
//!
//! Parsing is strict: an unknown function, a missing or an unknown argument is an error, so that nothing is silently skipped.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value};

use super::number::Number;

/// A requirement or a condition.
#[derive(Debug, Clone)]
pub(crate) enum Check {
    All(Vec<Check>),
    Any(Vec<Check>),
    /// Another rule of the model holds.
    Rule(String),
    Present(String),
    Is(String, Literal),
    IsNot(String, Literal),
    Same(String, String),
    Differs(String, String),
    AtLeast(String, Number),
    /// The type or the format of each value of a column.
    Form(Form, String),
    DistinctCount {
        per: String,
        of: String,
        expected: usize,
    },
    Product {
        price: String,
        quantity: String,
        cost: String,
    },
    /// The second moment is the exclusive end of a period that the first begins.
    EndsAfter(String, String),
    NoPlaceholder,
    ColumnNames(Naming),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Literal {
    Null,
    Text(String),
    Number(Number),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Form {
    TypeDecimal,
    TypeString,
    TypeDateTime,
    DateTime,
    Numeric,
    DecimalValue,
    Text,
    Unit,
    Currency,
    NationalCurrency,
    KeyValue,
    MonthStart,
    PascalKeys,
    CustomKeys,
    KnownKeys,
    KnownKeyTypes,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Naming {
    Pascal,
    Alphanumeric,
    Short,
    Prefixed,
    Custom,
    FocusFirst,
}

const FORMS: [(&str, Form); 16] = [
    ("TypeDecimal", Form::TypeDecimal),
    ("TypeString", Form::TypeString),
    ("TypeDateTime", Form::TypeDateTime),
    ("FormatDateTime", Form::DateTime),
    ("FormatNumeric", Form::Numeric),
    ("CheckDecimalValue", Form::DecimalValue),
    ("FormatString", Form::Text),
    ("FormatUnit", Form::Unit),
    ("FormatCurrency", Form::Currency),
    ("CheckNationalCurrency", Form::NationalCurrency),
    ("FormatKeyValue", Form::KeyValue),
    ("TenorMonthStart", Form::MonthStart),
    ("TenorPascalKeys", Form::PascalKeys),
    ("TenorCustomKeys", Form::CustomKeys),
    ("TenorKnownKeys", Form::KnownKeys),
    ("TenorKnownKeyTypes", Form::KnownKeyTypes),
];

const NAMINGS: [(&str, Naming); 6] = [
    ("pascal", Naming::Pascal),
    ("alphanumeric", Naming::Alphanumeric),
    ("short", Naming::Short),
    ("prefixed", Naming::Prefixed),
    ("custom", Naming::Custom),
    ("focus-first", Naming::FocusFirst),
];

/// The format or type check called `function`, if there is one.
pub(crate) fn form_named(function: &str) -> Option<Form> {
    FORMS.iter().find(|(name, _)| *name == function).map(|(_, form)| *form)
}

impl Check {
    /// Reads a requirement or a condition; `None` when it is empty (`{}`).
    pub(crate) fn parse_optional(value: &Value) -> Result<Option<Check>> {
        match value {
            Value::Object(fields) if fields.is_empty() => Ok(None),
            other => Check::parse(other).map(Some),
        }
    }

    pub(crate) fn parse(value: &Value) -> Result<Check> {
        let fields = value.as_object().with_context(|| format!("`{value}` is not a check"))?;
        // The model writes two conditions as `{"AND": …}`, one of them with a single item that is not in a list.
        if let (1, Some(items)) = (fields.len(), fields.get("AND")) {
            return Ok(Check::All(match items {
                Value::Array(items) => parse_all(items)?,
                one => vec![Check::parse(one)?],
            }));
        }
        let mut arguments = Arguments { fields, read: BTreeSet::new() };
        let function = arguments.text("CheckFunction")?;
        let check = arguments.check(&function).with_context(|| format!("in `{value}`"))?;
        for name in fields.keys() {
            ensure!(arguments.read.contains(name.as_str()), "unknown argument `{name}` in `{value}`");
        }
        Ok(check)
    }

    /// The columns the check looks at, in order of appearance.
    pub(crate) fn columns(&self) -> Vec<&str> {
        let mut columns: Vec<&str> = Vec::new();
        self.visit(&mut |name| {
            if !columns.contains(&name) {
                columns.push(name);
            }
        });
        columns
    }

    fn visit<'a>(&'a self, see: &mut impl FnMut(&'a str)) {
        match self {
            Check::All(items) | Check::Any(items) => items.iter().for_each(|item| item.visit(see)),
            Check::Rule(_) | Check::Present(_) | Check::NoPlaceholder | Check::ColumnNames(_) => {}
            Check::Is(a, _) | Check::IsNot(a, _) | Check::AtLeast(a, _) | Check::Form(_, a) => see(a),
            Check::Same(a, b) | Check::Differs(a, b) | Check::EndsAfter(a, b) | Check::DistinctCount { per: a, of: b, .. } => {
                see(a);
                see(b);
            }
            Check::Product { price, quantity, cost } => {
                see(price);
                see(quantity);
                see(cost);
            }
        }
    }

    /// The rules the check refers to.
    pub(crate) fn rules(&self) -> Vec<&str> {
        match self {
            Check::Rule(id) => vec![id],
            Check::All(items) | Check::Any(items) => items.iter().flat_map(Check::rules).collect(),
            _ => Vec::new(),
        }
    }
}

fn parse_all(items: &[Value]) -> Result<Vec<Check>> {
    ensure!(!items.is_empty(), "a list of checks is empty");
    items.iter().map(Check::parse).collect()
}

/// The arguments of one check, and which of them were read.
struct Arguments<'a> {
    fields: &'a Map<String, Value>,
    read: BTreeSet<&'static str>,
}

impl Arguments<'_> {
    fn check(&mut self, function: &str) -> Result<Check> {
        if let Some(form) = form_named(function) {
            if form == Form::TypeDateTime && self.fields.contains_key("ExpectedType") {
                let expected = self.text("ExpectedType")?;
                ensure!(expected == "DateTime", "unknown type `{expected}`");
            }
            return Ok(Check::Form(form, self.text("ColumnName")?));
        }
        Ok(match function {
            "AND" => Check::All(self.items()?),
            "OR" => Check::Any(self.items()?),
            "CheckModelRule" => Check::Rule(self.text("ModelRuleId")?),
            "ColumnPresent" => Check::Present(self.text("ColumnName")?),
            "CheckValue" => Check::Is(self.column()?, self.literal()?),
            "CheckNotValue" => Check::IsNot(self.column()?, self.literal()?),
            "CheckSameValue" => Check::Same(self.text("ColumnAName")?, self.text("ColumnBName")?),
            "CheckNotSameValue" => Check::Differs(self.text("ColumnAName")?, self.text("ColumnBName")?),
            "CheckGreaterOrEqualThanValue" => match self.literal()? {
                Literal::Number(least) => Check::AtLeast(self.text("ColumnName")?, least),
                other => bail!("`{other:?}` is not a number"),
            },
            "CheckDistinctCount" => Check::DistinctCount {
                per: self.text("ColumnAName")?,
                of: self.text("ColumnBName")?,
                expected: usize::try_from(self.get("ExpectedCount")?.as_u64().context("`ExpectedCount` is not a count")?)?,
            },
            "ColumnByColumnEqualsColumnValue" => Check::Product {
                price: self.text("ColumnAName")?,
                quantity: self.text("ColumnBName")?,
                cost: self.text("ResultColumnName")?,
            },
            "TenorEndsAfter" => Check::EndsAfter(self.text("ColumnAName")?, self.text("ColumnBName")?),
            "TenorNoPlaceholder" => Check::NoPlaceholder,
            "TenorColumnNames" => {
                let name = self.text("Rule")?;
                let known = NAMINGS.iter().find(|(known, _)| *known == name);
                Check::ColumnNames(known.with_context(|| format!("unknown naming rule `{name}`"))?.1)
            }
            unknown => bail!("unknown check function `{unknown}`"),
        })
    }

    fn get(&mut self, name: &'static str) -> Result<&Value> {
        self.read.insert(name);
        self.fields.get(name).with_context(|| format!("argument `{name}` is missing"))
    }

    fn text(&mut self, name: &'static str) -> Result<String> {
        let value = self.get(name)?;
        Ok(value.as_str().with_context(|| format!("argument `{name}` is not text"))?.to_owned())
    }

    /// The model names the column of two conditions `CheckCondition`.
    fn column(&mut self) -> Result<String> {
        self.text(if self.fields.contains_key("CheckCondition") { "CheckCondition" } else { "ColumnName" })
    }

    fn items(&mut self) -> Result<Vec<Check>> {
        parse_all(self.get("Items")?.as_array().context("`Items` is not a list")?)
    }

    fn literal(&mut self) -> Result<Literal> {
        Ok(match self.get("Value")? {
            Value::Null => Literal::Null,
            Value::String(text) => Literal::Text(text.clone()),
            Value::Number(number) => {
                Literal::Number(Number::parse(&number.to_string()).with_context(|| format!("cannot read the number {number}"))?)
            }
            other => bail!("`{other}` is neither null nor text nor a number"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        format!("{:#}", Check::parse(&serde_json::from_str(text).unwrap()).unwrap_err())
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        insta::assert_snapshot!(error(r#"{"CheckFunction": "CheckMood", "ColumnName": "Tags"}"#), @r#"in `{"CheckFunction":"CheckMood","ColumnName":"Tags"}`: unknown check function `CheckMood`"#);
        insta::assert_snapshot!(error(r#"{"CheckFunction": "CheckValue", "ColumnName": "Tags"}"#), @r#"in `{"CheckFunction":"CheckValue","ColumnName":"Tags"}`: argument `Value` is missing"#);
        insta::assert_snapshot!(error(r#"{"CheckFunction": "TypeString", "ColumnName": "Tags", "Strict": true}"#), @r#"unknown argument `Strict` in `{"CheckFunction":"TypeString","ColumnName":"Tags","Strict":true}`"#);
        insta::assert_snapshot!(error(r#"{"XOR": []}"#), @"argument `CheckFunction` is missing");
        insta::assert_snapshot!(error(r#"{"CheckFunction": "AND", "Items": []}"#), @r#"in `{"CheckFunction":"AND","Items":[]}`: a list of checks is empty"#);
    }
}
