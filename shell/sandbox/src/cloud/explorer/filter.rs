//! Which rows a request is about, and by what they are told apart.

use super::facts::Row;
use super::invalid;
use super::label::{CATEGORIES, TAGS};
use crate::cloud::ask::{Ask, Refusal, texts};
use tenor_wire::Value;

/// An expression of a request ([BOTO:ce] `Expression`).
#[derive(Debug, Clone)]
pub(super) enum Filter {
    All,
    And(Vec<Filter>),
    Or(Vec<Filter>),
    Not(Box<Filter>),
    Of(By, Vec<String>, Match),
}

/// By what rows are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum By {
    Dimension(String),
    Tag(String),
    Category(String),
}

/// How values are compared ([BOTO:ce] `MatchOption`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Match {
    Exact,
    AnyCase,
    Starts,
    Ends,
    Contains,
    Absent,
}

/// [BOTO:ce] `GroupBy`: at most two.
const GROUPS_MAX: usize = 2;

/// Dimensions that rows have ([BOTO:ce] `Dimension`, without those of anomalies and rightsizing).
const DIMENSIONS: [&str; 31] = [
    "AZ",
    "INSTANCE_TYPE",
    "LINKED_ACCOUNT",
    "PAYER_ACCOUNT",
    "LINKED_ACCOUNT_NAME",
    "OPERATION",
    "PURCHASE_TYPE",
    "REGION",
    "SERVICE",
    "SERVICE_CODE",
    "USAGE_TYPE",
    "USAGE_TYPE_GROUP",
    "RECORD_TYPE",
    "OPERATING_SYSTEM",
    "TENANCY",
    "SCOPE",
    "PLATFORM",
    "SUBSCRIPTION_ID",
    "LEGAL_ENTITY_NAME",
    "DEPLOYMENT_OPTION",
    "DATABASE_ENGINE",
    "CACHE_ENGINE",
    "INSTANCE_TYPE_FAMILY",
    "BILLING_ENTITY",
    "RESERVATION_ID",
    "RESOURCE_ID",
    "SAVINGS_PLANS_TYPE",
    "SAVINGS_PLAN_ARN",
    "PAYMENT_OPTION",
    "INVOICING_ENTITY",
    "INSTANCE_FAMILY",
];

/// Whether rows have a dimension.
pub(super) fn check_dimension(key: &str) -> Result<(), Refusal> {
    if DIMENSIONS.contains(&key) { Ok(()) } else { Err(invalid(format!("Dimension `{key}` is not supported here"))) }
}

impl Filter {
    /// The filter of a request; all rows where it has none.
    pub(super) fn read(ask: &Ask<'_>) -> Result<Self, Refusal> {
        ask.input.at("Filter").filter(|value| !matches!(value, Value::Null)).map_or(Ok(Self::All), Self::of)
    }

    fn of(value: &Value) -> Result<Self, Refusal> {
        let list = |member: &str| value.list(member).unwrap_or_default().iter().map(Self::of).collect::<Result<Vec<_>, _>>();
        let mut found = Vec::new();
        if value.at("And").is_some() {
            found.push(Self::And(list("And")?));
        }
        if value.at("Or").is_some() {
            found.push(Self::Or(list("Or")?));
        }
        if let Some(not) = value.at("Not") {
            found.push(Self::Not(Box::new(Self::of(not)?)));
        }
        for (member, by) in [
            ("Dimensions", By::Dimension as fn(String) -> By),
            ("Tags", By::Tag as fn(String) -> By),
            ("CostCategories", By::Category as fn(String) -> By),
        ] {
            if let Some(clause) = value.at(member) {
                found.push(Self::clause(clause, by)?);
            }
        }
        let only = found.pop().ok_or_else(|| invalid("An expression must not be empty"))?;
        if found.is_empty() { Ok(only) } else { Err(invalid("Expression has more than one root; use And, Or or Not")) }
    }

    fn clause(clause: &Value, by: fn(String) -> By) -> Result<Self, Refusal> {
        let key = clause.text("Key").unwrap_or_default();
        let by = by(key.to_owned());
        if matches!(by, By::Dimension(_)) {
            check_dimension(key)?;
        }
        let mut how = Match::Exact;
        for option in texts(clause, "MatchOptions") {
            how = match option {
                "EQUALS" | "CASE_SENSITIVE" => how,
                "CASE_INSENSITIVE" => Match::AnyCase,
                "STARTS_WITH" => Match::Starts,
                "ENDS_WITH" => Match::Ends,
                "CONTAINS" => Match::Contains,
                "ABSENT" => Match::Absent,
                _ => return Err(invalid(format!("`{option}` is no match option"))),
            };
        }
        let values: Vec<String> = texts(clause, "Values").into_iter().map(str::to_owned).collect();
        if values.is_empty() && how != Match::Absent {
            return Err(invalid(format!("The filter by `{key}` has no values")));
        }
        Ok(Self::Of(by, values, how))
    }

    /// Whether it is about this row.
    pub(super) fn takes(&self, row: &Row<'_>) -> bool {
        match self {
            Self::All => true,
            Self::And(all) => all.iter().all(|filter| filter.takes(row)),
            Self::Or(any) => any.iter().any(|filter| filter.takes(row)),
            Self::Not(not) => !not.takes(row),
            Self::Of(by, values, how) => how.takes(&by.value(row), values),
        }
    }

    /// Whether it asks for some values of a dimension, at any depth.
    pub(super) fn names(&self, dimension: &str) -> bool {
        match self {
            Self::All => false,
            Self::And(all) | Self::Or(all) => all.iter().any(|filter| filter.names(dimension)),
            Self::Not(not) => not.names(dimension),
            Self::Of(by, ..) => *by == By::Dimension(dimension.to_owned()),
        }
    }
}

impl Match {
    fn takes(self, own: &str, values: &[String]) -> bool {
        match self {
            Self::Absent => own.is_empty(),
            Self::Exact => values.iter().any(|value| value == own),
            Self::AnyCase => values.iter().any(|value| value.eq_ignore_ascii_case(own)),
            Self::Starts => values.iter().any(|value| own.starts_with(value.as_str())),
            Self::Ends => values.iter().any(|value| own.ends_with(value.as_str())),
            Self::Contains => values.iter().any(|value| own.contains(value.as_str())),
        }
    }
}

impl By {
    /// What the request tells rows apart by.
    pub(super) fn read(ask: &Ask<'_>) -> Result<Vec<Self>, Refusal> {
        let given = ask.input.list("GroupBy").unwrap_or_default();
        if given.len() > GROUPS_MAX {
            return Err(invalid(format!("GroupBy takes at most {GROUPS_MAX} keys, not {}", given.len())));
        }
        given.iter().map(Self::of).collect()
    }

    fn of(group: &Value) -> Result<Self, Refusal> {
        let key = group.text("Key").unwrap_or_default();
        match group.text("Type").unwrap_or("DIMENSION").to_uppercase().as_str() {
            "DIMENSION" => check_dimension(key).map(|()| Self::Dimension(key.to_owned())),
            "TAG" => Ok(Self::Tag(key.to_owned())),
            "COST_CATEGORY" => Ok(Self::Category(key.to_owned())),
            other => Err(invalid(format!("GroupBy type `{other}` is not supported here"))),
        }
    }

    /// A row's value, empty for none.
    pub(super) fn value(&self, row: &Row<'_>) -> String {
        match self {
            Self::Dimension(key) => row.dimension(key).unwrap_or_default(),
            Self::Tag(key) => row.tag(key),
            Self::Category(name) => row.category(name),
        }
    }

    /// The key of a group: `Environment$prod` for a tag, `NoRegion` for a dimension that the row does not have.
    pub(super) fn key(&self, row: &Row<'_>) -> String {
        let value = self.value(row);
        match self {
            Self::Dimension(key) if value.is_empty() => absent(key),
            Self::Dimension(_) => value,
            Self::Tag(key) | Self::Category(key) => format!("{key}${value}"),
        }
    }

    /// What its name is in a request.
    pub(super) fn definition(&self) -> Value {
        let (kind, key) = match self {
            Self::Dimension(key) => ("DIMENSION", key),
            Self::Tag(key) => ("TAG", key),
            Self::Category(key) => ("COST_CATEGORY", key),
        };
        Value::of([("Type", kind.into()), ("Key", key.as_str().into())])
    }

    /// The expression that asks for one of its values.
    pub(super) fn selector(&self, value: &str) -> Value {
        let (member, key) = match self {
            Self::Dimension(key) => ("Dimensions", key),
            Self::Tag(key) => ("Tags", key),
            Self::Category(key) => ("CostCategories", key),
        };
        Value::of([(member, Value::of([("Key", key.as_str().into()), ("Values", vec![value].into())]))])
    }

    /// Whether there is such a tag or category.
    pub(super) fn exists(&self) -> bool {
        match self {
            Self::Dimension(_) => true,
            Self::Tag(key) => TAGS.contains(&key.as_str()),
            Self::Category(name) => CATEGORIES.contains(&name.as_str()),
        }
    }
}

/// `NoInstanceType`, as Cost Explorer names rows without a value.
fn absent(key: &str) -> String {
    let word = |word: &str| {
        let (first, rest) = word.split_at(1.min(word.len()));
        format!("{first}{}", rest.to_lowercase())
    };
    let words: String = if key == "AZ" { "AZ".to_owned() } else { key.split('_').map(word).collect() };
    format!("No{words}")
}

impl By {
    /// What its value is called among a group's attributes: `instanceType`.
    pub(super) fn attribute(&self) -> String {
        let (Self::Dimension(key) | Self::Tag(key) | Self::Category(key)) = self;
        let lower = key.to_lowercase();
        let mut words = lower.split('_');
        let first = words.next().unwrap_or_default().to_owned();
        words.fold(first, |name, word| {
            let (head, rest) = word.split_at(1.min(word.len()));
            format!("{name}{}{rest}", head.to_uppercase())
        })
    }
}

impl Filter {
    /// Whether an account is asked for; recommendations are filtered by `LINKED_ACCOUNT` alone ([BOTO:ce]).
    pub(super) fn is_about(&self, account: &str) -> bool {
        match self {
            Self::And(all) => all.iter().all(|filter| filter.is_about(account)),
            Self::Or(any) => any.iter().any(|filter| filter.is_about(account)),
            Self::Not(not) => !not.is_about(account),
            Self::Of(By::Dimension(key), values, how) if key == "LINKED_ACCOUNT" => how.takes(account, values),
            Self::Of(..) | Self::All => true,
        }
    }
}
