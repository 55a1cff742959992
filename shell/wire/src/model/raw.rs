//! The model as it is written in its file, and the check that makes it one.

use super::{
    Endpoints, ErrorCode, Kind, ListShape, MapShape, Member, ModelError, Operation, Pages, Place, Protocol, Service, Shape, Structure,
    TimeFormat,
};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Raw {
    /// For whoever reads the file.
    #[serde(rename = "from")]
    _from: String,
    pub(super) services: BTreeMap<String, RawService>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawService {
    id: String,
    protocol: String,
    version: String,
    signing: String,
    target: Option<String>,
    json: Option<String>,
    namespace: Option<String>,
    #[serde(default)]
    query_compatible: bool,
    endpoints: BTreeMap<String, Endpoints>,
    operations: BTreeMap<String, RawOperation>,
    shapes: BTreeMap<String, RawShape>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOperation {
    http: String,
    status: Option<u16>,
    #[serde(rename = "in")]
    input: Option<String>,
    out: Option<String>,
    wrapper: Option<String>,
    root: Option<String>,
    namespace: Option<String>,
    #[serde(default)]
    checksum: bool,
    #[serde(default)]
    errors: Vec<String>,
    pages: Option<Pages>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawShape {
    Structure(RawStructure),
    List(RawList),
    Map(RawMap),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStructure {
    members: Vec<RawMember>,
    #[serde(default)]
    required: Vec<String>,
    payload: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawMember {
    Plain(String, String),
    Special(String, String, RawTraits),
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct RawTraits {
    #[serde(rename = "in")]
    place: Option<String>,
    #[serde(rename = "as")]
    wire: Option<String>,
    query: Option<String>,
    flat: bool,
    token: bool,
    namespace: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawList {
    list: String,
    #[serde(rename = "as")]
    wire: Option<String>,
    #[serde(default)]
    flat: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMap {
    map: String,
    key: Option<String>,
    value: Option<String>,
    #[serde(default)]
    flat: bool,
}

impl RawService {
    pub(super) fn sound(self, name: String) -> Result<Service, ModelError> {
        let at = |place: &str, why: String| ModelError::Unsound { place: format!("{name}: {place}"), why };
        let protocol = protocol(&self.protocol).ok_or_else(|| at("protocol", format!("`{}` is none", self.protocol)))?;
        let mut shapes = BTreeMap::new();
        for (shape_name, shape) in self.shapes {
            let shape = shape.shape().map_err(|why| at(&shape_name, why))?;
            shapes.insert(shape_name, shape);
        }
        for (shape_name, shape) in &shapes {
            for kind in kinds(shape) {
                if let Kind::Shape(named) = kind {
                    let found = shapes.get(named).map(drop);
                    found.ok_or_else(|| at(shape_name, format!("there is no shape `{named}`")))?;
                }
            }
        }
        let mut operations = BTreeMap::new();
        for (operation_name, operation) in self.operations {
            let operation = operation.operation(&operation_name).map_err(|why| at(&operation_name, why))?;
            for named in [&operation.input, &operation.output].into_iter().flatten() {
                match shapes.get(named) {
                    Some(Shape::Structure(_)) => {}
                    Some(_) => return Err(at(&operation_name, format!("`{named}` is no structure"))),
                    None => return Err(at(&operation_name, format!("there is no shape `{named}`"))),
                }
            }
            operations.insert(operation_name, operation);
        }
        Ok(Service {
            name,
            id: self.id,
            protocol,
            version: self.version,
            signing: self.signing,
            target: self.target,
            json: self.json,
            namespace: self.namespace,
            query_compatible: self.query_compatible,
            endpoints: self.endpoints,
            operations,
            shapes,
        })
    }
}

impl RawOperation {
    fn operation(self, name: &str) -> Result<Operation, String> {
        let (method, uri) = self.http.split_once(' ').ok_or_else(|| format!("`{}` is no method and path", self.http))?;
        let errors = self.errors.iter().map(|error| {
            let parts = error.split_once(' ').and_then(|(code, status)| Some((code.to_owned(), status.parse().ok()?)));
            parts.map(|(code, status)| ErrorCode { code, status }).ok_or_else(|| format!("`{error}` is no code and status"))
        });
        let errors = errors.collect::<Result<_, _>>()?;
        if let Some(pages) = self.pages.as_ref().filter(|pages| pages.inputs.is_empty() || pages.inputs.len() != pages.outputs.len()) {
            return Err(format!("pages lead from {} members to {}", pages.outputs.len(), pages.inputs.len()));
        }
        Ok(Operation {
            name: name.to_owned(),
            method: method.to_owned(),
            uri: uri.to_owned(),
            status: self.status.unwrap_or(200),
            input: self.input,
            output: self.out,
            wrapper: self.wrapper,
            root: self.root,
            namespace: self.namespace,
            checksum: self.checksum,
            errors,
            pages: self.pages,
        })
    }
}

impl RawShape {
    fn shape(self) -> Result<Shape, String> {
        Ok(match self {
            Self::Structure(raw) => {
                let members = raw.members.into_iter().map(RawMember::member).collect::<Result<Vec<_>, _>>()?;
                for named in raw.required.iter().chain(&raw.payload) {
                    if !members.iter().any(|member| member.name == *named) {
                        return Err(format!("there is no member `{named}`"));
                    }
                }
                Shape::Structure(Structure::new(members, raw.required, raw.payload))
            }
            Self::List(raw) => Shape::List(ListShape { item: kind(&raw.list), wire: raw.wire, flat: raw.flat }),
            Self::Map(raw) => Shape::Map(MapShape {
                value: kind(&raw.map),
                key_wire: raw.key.unwrap_or_else(|| "key".to_owned()),
                value_wire: raw.value.unwrap_or_else(|| "value".to_owned()),
                flat: raw.flat,
            }),
        })
    }
}

impl RawMember {
    fn member(self) -> Result<Member, String> {
        let (name, shape, traits) = match self {
            Self::Plain(name, shape) => (name, shape, RawTraits::default()),
            Self::Special(name, shape, traits) => (name, shape, traits),
        };
        let place = match traits.place.as_deref() {
            None => Place::Body,
            Some("uri") => Place::Path,
            Some("querystring") => Place::Query,
            Some("header") => Place::Header,
            Some("headers") => Place::Headers,
            Some("statusCode") => Place::Status,
            Some(other) => return Err(format!("`{other}` is no place")),
        };
        let RawTraits { wire, query, flat, token, namespace, .. } = traits;
        Ok(Member { name, kind: kind(&shape), place, wire, query, flat, token, namespace })
    }
}

fn protocol(word: &str) -> Option<Protocol> {
    Some(match word {
        "query" => Protocol::Query,
        "ec2" => Protocol::Ec2,
        "json" => Protocol::Json,
        "rest-json" => Protocol::RestJson,
        "rest-xml" => Protocol::RestXml,
        _ => return None,
    })
}

fn kind(word: &str) -> Kind {
    match word {
        "string" => Kind::Text,
        "secret" => Kind::Secret,
        "boolean" => Kind::Bool,
        "integer" | "long" => Kind::Integer,
        "float" | "double" => Kind::Decimal,
        "blob" => Kind::Blob,
        "timestamp" => Kind::Time(None),
        "iso8601" => Kind::Time(Some(TimeFormat::Iso8601)),
        "unixTimestamp" => Kind::Time(Some(TimeFormat::Unix)),
        "rfc822" => Kind::Time(Some(TimeFormat::Http)),
        shape => Kind::Shape(shape.to_owned()),
    }
}

fn kinds(shape: &Shape) -> Vec<&Kind> {
    match shape {
        Shape::Structure(structure) => structure.members.iter().map(|member| &member.kind).collect(),
        Shape::List(list) => vec![&list.item],
        Shape::Map(map) => vec![&map.value],
    }
}
