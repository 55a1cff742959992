//! What CloudTrail recorded of a caller's own calls.

use crate::answer::input::moment;
use crate::answer::{AnswerError, Field, Input, Span, record};
use crate::client::Client;
use jiff::Timestamp;
use tenor_wire::Value;

/// So many pages are looked through for the newest event that fits: a thousand events.
const NEWEST_PAGES_MAX: usize = 20;

record! {
    /// A management event.
    pub Event {
        /// CloudTrail's id of it.
        id: String = "EventId",
        /// The operation.
        name: String = "EventName",
        /// The service: `ec2.amazonaws.com`.
        source: Option<String> = "EventSource",
        /// When.
        at: Timestamp = "EventTime",
        /// Whether it only looked.
        is_read: Option<bool> = "ReadOnly",
        /// The session's or the user's name.
        user: Option<String> = "Username",
        /// What it was about.
        resources: Vec<Resource> = "Resources",
        /// The whole event in JSON: parameters, error, request id.
        detail: String = "CloudTrailEvent",
    }
}

record! {
    /// What an event was about.
    pub Resource {
        /// Its kind.
        kind: Option<String> = "ResourceType",
        /// Its name.
        name: Option<String> = "ResourceName",
    }
}

/// By what events are looked up; CloudTrail takes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attribute {
    /// The operation.
    Name(String),
    /// The session's or the user's name.
    User(String),
    /// The service: `savingsplans.amazonaws.com`.
    Source(String),
    /// CloudTrail's id.
    Id(String),
}

impl Attribute {
    fn input(&self) -> Input {
        let (key, value) = match self {
            Self::Name(value) => ("EventName", value),
            Self::User(value) => ("Username", value),
            Self::Source(value) => ("EventSource", value),
            Self::Id(value) => ("EventId", value),
        };
        Input::new().with("AttributeKey", key).with("AttributeValue", value.as_str())
    }
}

/// The events of a span of the last 90 days in the client's region.
///
/// # Errors
/// [`AnswerError`].
pub async fn events(client: &Client, by: &Attribute, span: Span) -> Result<Vec<Event>, AnswerError> {
    let input = Input::new()
        .with("LookupAttributes", Value::List(vec![by.input().into()]))
        .with("StartTime", moment(span.start))
        .with("EndTime", moment(span.end));
    client.all("cloudtrail", "LookupEvents", input, "Events").await
}

/// The newest event of an operation since a moment of the last 90 days that fits, in the client's region; of the first pages alone, which have the newest.
/// Services may have operations of one name.
///
/// # Errors
/// [`AnswerError`].
pub async fn newest(
    client: &Client,
    operation: &str,
    since: Timestamp,
    fits: impl Fn(&Event) -> bool,
) -> Result<Option<Event>, AnswerError> {
    let by = Attribute::Name(operation.to_owned());
    let input = Input::new().with("LookupAttributes", Value::List(vec![by.input().into()])).with("StartTime", moment(since));
    let mut token: Option<Value> = None;
    for _ in 0..NEWEST_PAGES_MAX {
        let asked = input.clone().maybe("NextToken", token.take());
        let answer = client.call("cloudtrail", "LookupEvents", &asked.into()).await?;
        let events: Vec<Event> = Field::root("cloudtrail:LookupEvents", &answer).member("Events").items()?;
        let newest = events.into_iter().filter(&fits).max_by_key(|event| event.at);
        token = answer.at("NextToken").filter(|token| matches!(token, Value::Text(text) if !text.is_empty())).cloned();
        if newest.is_some() || token.is_none() {
            return Ok(newest);
        }
    }
    Ok(None)
}

/// The events of an operation since a moment of the last 90 days, in the client's region.
///
/// # Errors
/// [`AnswerError`].
pub async fn events_since(client: &Client, operation: &str, since: Timestamp) -> Result<Vec<Event>, AnswerError> {
    let by = Attribute::Name(operation.to_owned());
    let input = Input::new().with("LookupAttributes", Value::List(vec![by.input().into()])).with("StartTime", moment(since));
    client.all("cloudtrail", "LookupEvents", input, "Events").await
}
