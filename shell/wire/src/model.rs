//! What may be said to AWS: services, their operations, and the shapes of requests and answers.
//!
//! The model of the catalogued operations is part of the program; another can be read for tests. Every name in it leads somewhere.

mod raw;

use crate::model::raw::Raw;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The committed model, which `cargo xtask models` writes.
static CATALOGUED: LazyLock<Model> =
    LazyLock::new(|| Model::parse(include_str!("../data/model.json")).expect("the committed model is sound: a test reads it"));

/// Services by the name that botocore's models and AWS's command line give them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    services: BTreeMap<String, Service>,
}

/// A model that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// Not the JSON that `docs/spec/models.md` describes.
    #[error("the model is not in its format")]
    Format {
        /// What the reader said.
        #[from]
        source: serde_json::Error,
    },
    /// A name that leads nowhere, or a word that means nothing.
    #[error("{place}: {why}")]
    Unsound {
        /// Service and shape or operation.
        place: String,
        /// What is wrong.
        why: String,
    },
}

/// One service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its name: `ec2`, `opensearch`.
    pub name: String,
    /// Its `serviceId`, from which `AWS_ENDPOINT_URL_<SERVICE>` is made.
    pub id: String,
    /// How it is spoken to.
    pub protocol: Protocol,
    /// The version of its API.
    pub version: String,
    /// The name that signatures carry.
    pub signing: String,
    /// What stands before the operation in `X-Amz-Target`.
    pub target: Option<String>,
    /// JSON's version in the content type.
    pub json: Option<String>,
    /// The namespace of its XML.
    pub namespace: Option<String>,
    /// Whether error codes may come in `x-amzn-query-error`.
    pub query_compatible: bool,
    /// Where it is, by partition.
    pub endpoints: BTreeMap<String, Endpoints>,
    pub(crate) operations: BTreeMap<String, Operation>,
    shapes: BTreeMap<String, Shape>,
}

/// AWS's wire protocols.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Forms out, XML in.
    Query,
    /// The same with EC2's ways.
    Ec2,
    /// JSON with the operation in a header.
    Json,
    /// JSON with the operation in method and path.
    RestJson,
    /// XML with the operation in method and path.
    RestXml,
}

/// Hosts of a service in a partition; `{region}` stands for the region.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoints {
    /// The usual one.
    pub plain: Option<String>,
    /// With FIPS.
    pub fips: Option<String>,
    /// With IPv6.
    pub dual: Option<String>,
    /// With both.
    pub both: Option<String>,
    /// The only regions where it is, the first by default; empty when it is everywhere.
    #[serde(default)]
    pub homes: Vec<String>,
}

/// One operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Its name.
    pub name: String,
    /// The HTTP method.
    pub method: String,
    /// The path, with `{Member}` and `{Member+}` where members stand.
    pub uri: String,
    /// The status of a good answer.
    pub status: u16,
    /// The structure of the request.
    pub input: Option<String>,
    /// The structure of the answer.
    pub output: Option<String>,
    /// The element around a query answer's members.
    pub wrapper: Option<String>,
    /// The root element of a request in XML.
    pub root: Option<String>,
    /// The namespace of that element.
    pub namespace: Option<String>,
    /// Whether a request must carry a checksum of its body.
    pub checksum: bool,
    /// The errors that the service documents.
    pub errors: Vec<ErrorCode>,
    /// How its answer goes on.
    pub pages: Option<Pages>,
}

/// A documented error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorCode {
    /// The code.
    pub code: String,
    /// The HTTP status that comes with it: for the sandbox, never for telling errors apart.
    pub status: u16,
}

/// How the next page is asked for.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pages {
    /// Members of the next request.
    #[serde(rename = "in")]
    pub inputs: Vec<String>,
    /// Where in the answer they come from, in the same order.
    #[serde(rename = "out")]
    pub outputs: Vec<String>,
    /// The member that says whether there is more.
    pub more: Option<String>,
}

/// What a value looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A text.
    Text,
    /// A text that must not be shown.
    Secret,
    /// Yes or no.
    Bool,
    /// A whole number.
    Integer,
    /// A number with a fraction.
    Decimal,
    /// Bytes, in base64.
    Blob,
    /// A moment, in the protocol's own way unless one is named.
    Time(Option<TimeFormat>),
    /// A shape of the service.
    Shape(String),
}

/// How a moment is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeFormat {
    /// `2025-01-31T00:00:00Z`
    Iso8601,
    /// `1738281600`
    Unix,
    /// `Fri, 31 Jan 2025 00:00:00 GMT`
    Http,
}

/// A shape with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// Members by name.
    Structure(Structure),
    /// Items of one kind.
    List(ListShape),
    /// From texts to values of one kind.
    Map(MapShape),
}

/// Members by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Structure {
    /// In AWS's order.
    pub members: Vec<Member>,
    /// Those that a request must have.
    pub required: Vec<String>,
    /// The member that is the whole body.
    pub payload: Option<String>,
    /// Indices of the members in the order of their names.
    by_name: Vec<usize>,
    /// The same in the order of their names on the wire.
    by_wire_name: Vec<usize>,
}

/// A member of a structure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name in the model.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// Where in the message it is.
    pub place: Place,
    /// Its name on the wire, where it differs.
    pub wire: Option<String>,
    /// Its name in EC2's forms.
    pub query: Option<String>,
    /// Whether its items stand directly in the structure.
    pub flat: bool,
    /// Whether it is an idempotency token.
    pub token: bool,
    /// The namespace of its element.
    pub namespace: Option<String>,
}

/// Where in a message a member is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the body.
    Body,
    /// In the path.
    Path,
    /// In the parameters.
    Query,
    /// In a header.
    Header,
    /// In all headers with a prefix.
    Headers,
    /// The HTTP status.
    Status,
}

/// A list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListShape {
    /// What its items are.
    pub item: Kind,
    /// What an item is called, where that differs from `member`.
    pub wire: Option<String>,
    /// Whether items stand directly in the structure around.
    pub flat: bool,
}

/// A map; its keys are texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapShape {
    /// What its values are.
    pub value: Kind,
    /// What a key is called.
    pub key_wire: String,
    /// What a value is called.
    pub value_wire: String,
    /// Whether entries stand directly in the structure around.
    pub flat: bool,
}

impl Model {
    /// The model of the catalogued operations.
    #[must_use]
    pub fn catalogued() -> &'static Self {
        &CATALOGUED
    }

    /// Reads a model and checks that every name in it leads somewhere.
    ///
    /// # Errors
    /// When it is not in the format, or unsound.
    pub fn parse(text: &str) -> Result<Self, ModelError> {
        let raw: Raw = serde_json::from_str(text)?;
        let services = raw.services.into_iter().map(|(name, service)| Ok((name.clone(), service.sound(name)?)));
        Ok(Self { services: services.collect::<Result<_, ModelError>>()? })
    }

    /// A service by its name.
    #[must_use]
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.get(name)
    }

    /// All services, by name.
    pub fn services(&self) -> impl Iterator<Item = &Service> {
        self.services.values()
    }
}

impl Service {
    /// An operation by its name.
    #[must_use]
    pub fn operation(&self, name: &str) -> Option<&Operation> {
        self.operations.get(name)
    }

    /// All operations, by name.
    pub fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.operations.values()
    }

    /// A shape that this service's own model names.
    ///
    /// # Panics
    /// When the name is from elsewhere: within a model every name leads somewhere.
    #[must_use]
    pub fn shape(&self, name: &str) -> &Shape {
        self.shapes.get(name).expect("a model's names lead somewhere: `Model::parse` checks it")
    }

    /// The structure of that name; an empty one for none.
    #[must_use]
    pub fn structure(&self, name: Option<&str>) -> &Structure {
        const EMPTY: &Structure =
            &Structure { members: Vec::new(), required: Vec::new(), payload: None, by_name: Vec::new(), by_wire_name: Vec::new() };
        match name.map(|name| self.shape(name)) {
            Some(Shape::Structure(structure)) => structure,
            _ => EMPTY,
        }
    }
}

impl Structure {
    fn new(members: Vec<Member>, required: Vec<String>, payload: Option<String>) -> Self {
        let mut by_name: Vec<usize> = (0..members.len()).collect();
        let mut by_wire_name = by_name.clone();
        by_name.sort_by(|a, b| members[*a].name.cmp(&members[*b].name));
        by_wire_name.sort_by(|a, b| members[*a].wire_name().cmp(members[*b].wire_name()));
        Self { members, required, payload, by_name, by_wire_name }
    }

    /// A member by its name.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Member> {
        let found = self.by_name.binary_search_by(|index| self.members[*index].name.as_str().cmp(name)).ok()?;
        Some(&self.members[self.by_name[found]])
    }

    /// Indices of the members in the order of their names.
    pub(crate) fn by_name(&self) -> &[usize] {
        &self.by_name
    }

    /// Indices of the members in the order of their names on the wire.
    pub(crate) fn by_wire_name(&self) -> &[usize] {
        &self.by_wire_name
    }
}

impl Member {
    /// Its name on the wire.
    #[must_use]
    pub fn wire_name(&self) -> &str {
        self.wire.as_deref().unwrap_or(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::Model;

    fn error(shapes: &str) -> String {
        let service = r#""id": "X", "protocol": "query", "signing": "x", "version": "1", "endpoints": {}, "operations": {"Do": {"http": "POST /", "in": "In"}}"#;
        let text = format!(r#"{{"from": "", "services": {{"x": {{{service}, "shapes": {{{shapes}}}}}}}}}"#);
        Model::parse(&text).unwrap_err().to_string()
    }

    #[test]
    fn the_committed_model_is_sound() {
        let model = Model::catalogued();
        assert!(model.services().count() > 10);
        assert_eq!(model.service("ec2").unwrap().operation("DescribeReservedInstances").unwrap().method, "POST");
        assert!(model.service("ec2").unwrap().operation("TerminateInstances").is_none());
    }

    #[test]
    fn an_unsound_model_is_refused() {
        insta::assert_snapshot!(error(r#""Out": {"members": []}"#), @"x: Do: there is no shape `In`");
        insta::assert_snapshot!(error(r#""In": {"members": [["A", "B"]]}"#), @"x: In: there is no shape `B`");
        insta::assert_snapshot!(error(r#""In": {"members": [], "required": ["A"]}"#), @"x: In: there is no member `A`");
        insta::assert_snapshot!(error(r#""In": {"list": "string"}"#), @"x: Do: `In` is no structure");
        insta::assert_snapshot!(error(r#""In": {"members": [["A", "string", {"in": "footer"}]]}"#), @"x: In: `footer` is no place");
        insta::assert_snapshot!(error(r#""In": {"tuple": "string"}"#), @"the model is not in its format");
    }
}
