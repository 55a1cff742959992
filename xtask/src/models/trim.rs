//! From botocore's models to the part that is kept: the operations asked for, what they reach, and no prose.
//!
//! A trait that the codec does not know stops the generation by name: what would be sent wrongly is not generated.

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// In this order: what the codec speaks, of what a service offers.
const PROTOCOLS: [&str; 5] = ["json", "rest-json", "query", "ec2", "rest-xml"];

/// Members that give whoever reads them somebody's rights, whatever the models say.
const SECRETS: [&str; 3] = ["ExternalId", "SecretAccessKey", "SessionToken"];

/// Pairs of members by which operations page that botocore has no paginator for.
const PAGE_TOKENS: [&str; 5] = ["NextToken", "nextToken", "NextPageToken", "Marker", "marker"];

/// What does not change the bytes of a request or the meaning of an answer.
const UNUSED_OF_OPERATION: [&str; 9] =
    ["name", "http", "input", "output", "errors", "idempotent", "readonly", "deprecated", "staticContextParams"];
const UNUSED_OF_MEMBER: [&str; 8] =
    ["shape", "box", "contextParam", "deprecated", "deprecatedMessage", "deprecatedSince", "enum", "hostLabel"];
const UNUSED_OF_SHAPE: [&str; 15] = [
    "type",
    "box",
    "max",
    "min",
    "pattern",
    "enum",
    "exception",
    "fault",
    "retryable",
    "synthetic",
    "members",
    "required",
    "union",
    "wrapper",
    "deprecated",
];

/// One service, trimmed: facts, endpoints, operations, shapes.
pub(super) struct Service {
    pub(super) facts: Map<String, Value>,
    pub(super) endpoints: BTreeMap<String, Value>,
    pub(super) operations: BTreeMap<String, Value>,
    pub(super) shapes: BTreeMap<String, Value>,
}

impl Service {
    /// Keep `operations` of `raw`, which is what `read.py` prints of one service.
    pub(super) fn new(raw: &Value, operations: &BTreeSet<String>) -> Result<Self> {
        let metadata = &raw["metadata"];
        let mut service =
            Self { facts: facts(metadata)?, endpoints: BTreeMap::new(), operations: BTreeMap::new(), shapes: BTreeMap::new() };
        let endpoints = raw["endpoints"].as_object().context("there are no endpoints")?;
        service.endpoints.extend(endpoints.iter().map(|(partition, told)| (partition.clone(), told.clone())));
        for name in operations {
            let operation = &raw["operations"][name];
            let kept = service.operation(name, operation, raw).with_context(|| format!("operation {name}"))?;
            service.operations.insert(name.clone(), kept);
        }
        Ok(service)
    }

    fn operation(&mut self, name: &str, operation: &Value, raw: &Value) -> Result<Value> {
        let traits = operation.as_object().context("botocore has no such operation")?;
        refuse_unknown(traits, &UNUSED_OF_OPERATION, &["httpChecksum", "httpChecksumRequired", "auth", "authtype"])?;
        let mut kept = Map::new();
        let http = &operation["http"];
        kept.insert("http".to_owned(), json!(format!("{} {}", text(&http["method"])?, text(&http["requestUri"])?)));
        if let Some(status) = http["responseCode"].as_u64().filter(|status| *status != 200) {
            kept.insert("status".to_owned(), json!(status));
        }
        for (side, key) in [("input", "in"), ("output", "out")] {
            if let Some(shape) = operation[side]["shape"].as_str() {
                self.keep(shape, &raw["shapes"])?;
                kept.insert(key.to_owned(), json!(shape));
            }
        }
        if let Some(wrapper) = operation["output"]["resultWrapper"].as_str() {
            kept.insert("wrapper".to_owned(), json!(wrapper));
        }
        if let Some(root) = operation["input"]["locationName"].as_str() {
            kept.insert("root".to_owned(), json!(root));
            kept.insert("namespace".to_owned(), operation["input"]["xmlNamespace"]["uri"].clone());
        }
        let needs_checksum =
            operation["httpChecksum"]["requestChecksumRequired"] == json!(true) || operation["httpChecksumRequired"] == json!(true);
        kept.extend(needs_checksum.then(|| ("checksum".to_owned(), json!(true))));
        let errors = operation["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
        let errors = errors.iter().map(|error| error_of(text(&error["shape"])?, &raw["shapes"])).collect::<Result<Vec<_>>>()?;
        if !errors.is_empty() {
            kept.insert("errors".to_owned(), json!(errors));
        }
        if let Some(pages) = pages(&raw["pages"][name], &kept, &raw["shapes"]) {
            kept.insert("pages".to_owned(), pages);
        }
        Ok(Value::Object(kept))
    }

    /// Keep a shape and all that it reaches; the name by which members refer to it.
    fn keep(&mut self, name: &str, shapes: &Value) -> Result<String> {
        let shape = shapes[name].as_object().with_context(|| format!("shape {name} is missing"))?;
        refuse_unknown(
            shape,
            &UNUSED_OF_SHAPE,
            &["sensitive", "flattened", "timestampFormat", "payload", "member", "key", "value", "error"],
        )
        .with_context(|| format!("shape {name}"))?;
        let kind = text(&shapes[name]["type"])?;
        match kind {
            "structure" | "list" | "map" => {}
            "string" | "character" if shape.get("sensitive") == Some(&json!(true)) => return Ok("secret".to_owned()),
            "string" | "character" => return Ok("string".to_owned()),
            "timestamp" => return Ok(shape.get("timestampFormat").map_or(Ok(kind), text)?.to_owned()),
            simple => return Ok(simple.to_owned()),
        }
        if self.shapes.contains_key(name) {
            return Ok(name.to_owned());
        }
        // A shape may reach itself: it stands there, empty, before its members are kept.
        self.shapes.insert(name.to_owned(), Value::Null);
        let kept = match kind {
            "structure" => self.structure(shape, shapes),
            "list" => self.list(shape, shapes),
            _ => self.map(shape, shapes),
        };
        self.shapes.insert(name.to_owned(), kept.with_context(|| format!("shape {name}"))?);
        Ok(name.to_owned())
    }

    fn structure(&mut self, shape: &Map<String, Value>, shapes: &Value) -> Result<Value> {
        let mut members = Vec::new();
        for pair in shape.get("members").and_then(Value::as_array).context("a structure without members")? {
            let name = text(&pair[0])?;
            members.push(self.member(name, &pair[1], shapes).with_context(|| format!("member {name}"))?);
        }
        let mut kept = Map::from_iter([("members".to_owned(), Value::Array(members))]);
        for (key, trimmed) in [("required", "required"), ("payload", "payload")] {
            if let Some(value) = shape.get(key).filter(|value| !value.as_array().is_some_and(Vec::is_empty)) {
                kept.insert(trimmed.to_owned(), value.clone());
            }
        }
        Ok(Value::Object(kept))
    }

    /// `["Name", "Shape", {…}]`, without the third where the wire has the member as it is.
    fn member(&mut self, name: &str, member: &Value, shapes: &Value) -> Result<Value> {
        let traits = member.as_object().context("a member that is no object")?;
        let known =
            ["location", "locationName", "queryName", "flattened", "idempotencyToken", "streaming", "xmlNamespace", "timestampFormat"];
        refuse_unknown(traits, &UNUSED_OF_MEMBER, &known)?;
        let mut shape = self.keep(text(&member["shape"])?, shapes)?;
        if shape == "string" && SECRETS.contains(&name) {
            shape = "secret".to_owned();
        }
        if let Some(format) = member["timestampFormat"].as_str() {
            shape = format.to_owned();
        }
        let mut kept = Map::new();
        for (key, trimmed) in
            [("location", "in"), ("locationName", "as"), ("queryName", "query"), ("flattened", "flat"), ("idempotencyToken", "token")]
        {
            let value = traits.get(key).filter(|value| key != "locationName" || value.as_str() != Some(name));
            kept.extend(value.map(|value| (trimmed.to_owned(), value.clone())));
        }
        kept.extend(member["xmlNamespace"]["uri"].as_str().map(|uri| ("namespace".to_owned(), json!(uri))));
        Ok(if kept.is_empty() { json!([name, shape]) } else { json!([name, shape, kept]) })
    }

    fn list(&mut self, shape: &Map<String, Value>, shapes: &Value) -> Result<Value> {
        let member = shape.get("member").context("a list of nothing")?;
        let mut kept = Map::from_iter([("list".to_owned(), json!(self.keep(text(&member["shape"])?, shapes)?))]);
        kept.extend(member.get("locationName").filter(|name| name.as_str() != Some("member")).map(|name| ("as".to_owned(), name.clone())));
        kept.extend(shape.get("flattened").map(|flat| ("flat".to_owned(), flat.clone())));
        Ok(Value::Object(kept))
    }

    fn map(&mut self, shape: &Map<String, Value>, shapes: &Value) -> Result<Value> {
        let value = shape.get("value").context("a map to nothing")?;
        let key = shape.get("key").context("a map from nothing")?;
        let mut kept = Map::from_iter([("map".to_owned(), json!(self.keep(text(&value["shape"])?, shapes)?))]);
        kept.extend(key.get("locationName").map(|name| ("key".to_owned(), name.clone())));
        kept.extend(value.get("locationName").map(|name| ("value".to_owned(), name.clone())));
        kept.extend(shape.get("flattened").map(|flat| ("flat".to_owned(), flat.clone())));
        Ok(Value::Object(kept))
    }
}

fn facts(metadata: &Value) -> Result<Map<String, Value>> {
    let offered = metadata["protocols"].as_array().cloned().unwrap_or_else(|| vec![metadata["protocol"].clone()]);
    let protocol = PROTOCOLS.iter().find(|protocol| offered.iter().any(|each| each.as_str() == Some(protocol)));
    let protocol = protocol.with_context(|| format!("no protocol the codec speaks among {offered:?}"))?;
    let prefix = text(&metadata["endpointPrefix"])?;
    let signing = metadata["signingName"].as_str().unwrap_or(prefix);
    let mut facts = Map::from_iter([
        ("id".to_owned(), metadata["serviceId"].clone()),
        ("protocol".to_owned(), json!(protocol)),
        ("version".to_owned(), metadata["apiVersion"].clone()),
        ("signing".to_owned(), json!(signing)),
    ]);
    for (key, trimmed) in [("targetPrefix", "target"), ("jsonVersion", "json"), ("xmlNamespace", "namespace")] {
        let is_used = protocol.contains("json") != (key == "xmlNamespace") && (key == "xmlNamespace" || *protocol == "json");
        facts.extend(metadata.get(key).filter(|_| is_used).map(|value| (trimmed.to_owned(), value.clone())));
    }
    if metadata.get("awsQueryCompatible").is_some() {
        facts.insert("query_compatible".to_owned(), json!(true));
    }
    Ok(facts)
}

/// `"Code status"`: the code that AWS sends, and the HTTP status with it.
fn error_of(name: &str, shapes: &Value) -> Result<String> {
    let error = &shapes[name]["error"];
    let code = error["code"].as_str().unwrap_or(name);
    Ok(format!("{code} {}", error["httpStatusCode"].as_u64().unwrap_or(400)))
}

/// What goes into the next request from where in the last answer.
fn pages(known: &Value, operation: &Map<String, Value>, shapes: &Value) -> Option<Value> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
    if known.is_object() {
        let mut pages = json!({"in": list(&known["input_token"]), "out": list(&known["output_token"])});
        if let Some(more) = known["more_results"].as_str() {
            pages["more"] = json!(more);
        }
        return Some(pages);
    }
    let has = |side: &str, member: &str| {
        let members = operation.get(side).and_then(Value::as_str).and_then(|shape| shapes[shape]["members"].as_array());
        members.is_some_and(|members| members.iter().any(|pair| pair[0].as_str() == Some(member)))
    };
    let token = PAGE_TOKENS.iter().find(|token| has("in", token) && has("out", token))?;
    Some(json!({"in": [token], "out": [token]}))
}

fn refuse_unknown(traits: &Map<String, Value>, unused: &[&str], used: &[&str]) -> Result<()> {
    for name in traits.keys() {
        if !unused.contains(&name.as_str()) && !used.contains(&name.as_str()) {
            bail!("the codec does not know the trait `{name}`");
        }
    }
    Ok(())
}

fn text(value: &Value) -> Result<&str> {
    value.as_str().with_context(|| format!("`{value}` is no text"))
}

#[cfg(test)]
mod tests {
    use super::Service;
    use serde_json::{Value, json};
    use std::collections::BTreeSet;

    /// A service with one operation, whose input has these members, and two shapes that the operation may reach.
    fn trimmed(metadata: Value, members: Value) -> Result<Service, String> {
        let raw = json!({
            "metadata": metadata,
            "endpoints": {},
            "pages": {},
            "operations": {
                "Do": {"name": "Do", "http": {"method": "POST", "requestUri": "/"}, "input": {"shape": "In"}, "errors": [{"shape": "Gone"}]},
                "Other": {"name": "Other", "http": {"method": "POST", "requestUri": "/"}},
            },
            "shapes": {
                "In": {"type": "structure", "members": members, "required": ["Name"]},
                "Node": {"type": "structure", "members": [["Name", {"shape": "S"}], ["Next", {"shape": "Node"}]]},
                "Gone": {"type": "structure", "members": [], "error": {"code": "NotThere", "httpStatusCode": 404}, "exception": true},
                "S": {"type": "string", "enum": ["a"], "min": 1},
                "Far": {"type": "string"},
            },
        });
        Service::new(&raw, &BTreeSet::from(["Do".to_owned()])).map_err(|error| format!("{error:#}"))
    }

    fn metadata(protocols: Value) -> Value {
        json!({"serviceId": "X", "apiVersion": "1", "endpointPrefix": "x", "protocol": protocols[0], "protocols": protocols})
    }

    #[test]
    fn what_is_called_is_kept_with_what_it_reaches() {
        let members = json!([["Name", {"shape": "S", "locationName": "Name"}], ["ExternalId", {"shape": "S", "locationName": "id"}], ["Node", {"shape": "Node"}]]);
        let service = trimmed(metadata(json!(["query"])), members).unwrap();
        assert_eq!(service.operations["Do"], json!({"http": "POST /", "in": "In", "errors": ["NotThere 404"]}));
        assert_eq!(service.operations.len(), 1);
        let members = json!([["Name", "string"], ["ExternalId", "secret", {"as": "id"}], ["Node", "Node"]]);
        assert_eq!(service.shapes["In"], json!({"members": members, "required": ["Name"]}));
        assert_eq!(service.shapes.keys().collect::<Vec<_>>(), ["In", "Node"]);
    }

    #[test]
    fn what_the_codec_does_not_know_is_refused_by_name() {
        let plain = json!([["Name", {"shape": "S"}]]);
        let cbor = trimmed(metadata(json!(["smithy-rpc-v2-cbor", "json"])), plain.clone()).unwrap();
        assert_eq!(cbor.facts["protocol"], "json");
        let error = trimmed(metadata(json!(["smithy-rpc-v2-cbor"])), plain).err().unwrap();
        assert!(error.starts_with("no protocol the codec speaks"), "{error}");
        let odd = json!([["Name", {"shape": "S", "xmlAttribute": true}]]);
        let error = trimmed(metadata(json!(["rest-xml"])), odd).err().unwrap();
        assert!(error.ends_with("member Name: the codec does not know the trait `xmlAttribute`"), "{error}");
    }
}
