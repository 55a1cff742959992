"""botocore as a judge of Tenor's codec: one question a line on standard input, one verdict a line on standard output.

A value is JSON with the moments, bytes and decimals that JSON lacks as {"$t": seconds}, {"$b": base64} and {"$d": text}.
"""
import base64
import datetime
import json
import sys
import xml.etree.ElementTree as ET
from urllib.parse import parse_qsl, unquote

import botocore.session
from botocore import parsers, serialize
from botocore.awsrequest import HeadersDict
from botocore.model import ServiceModel

session = botocore.session.get_session()
loader = session.get_component("data_loader")
services = {}


def service_of(name, protocol):
    """botocore's model, made to speak the protocol that Tenor chose where a service offers several."""
    if name not in services:
        services[name] = ServiceModel(loader.load_service_model(name, "service-2"), name)
        services[name].metadata["protocols"] = [protocol]
        services[name].metadata["protocol"] = protocol
        services[name].metadata.setdefault("jsonVersion", "1.1")
    return services[name]


def special(item):
    if "$t" in item:
        return datetime.datetime.fromtimestamp(item["$t"], datetime.timezone.utc)
    if "$b" in item:
        return base64.b64decode(item["$b"])
    return float(item["$d"]) if "$d" in item else item


def plain(value):
    """The other way, for comparing."""
    if isinstance(value, datetime.datetime):
        return {"$t": value.timestamp()}
    if isinstance(value, bytes):
        return {"$b": base64.b64encode(value).decode()}
    if hasattr(value, "read"):
        return {"$b": base64.b64encode(value.read()).decode()}
    if isinstance(value, float):
        return {"$d": value}
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if item is not None}
    return [plain(item) for item in value] if isinstance(value, list) else value


def numbers(value):
    """Decimals of the other side as floats, as botocore has them."""
    if isinstance(value, dict):
        return {"$d": float(value["$d"])} if "$d" in value else {key: numbers(item) for key, item in value.items()}
    return [numbers(item) for item in value] if isinstance(value, list) else value


def xml_of(element):
    tag = element.tag
    text = (element.text or "") if not len(element) else (element.text or "").strip()
    # Elements of different names may come in any order.
    return [tag, text, sorted((xml_of(child) for child in element), key=lambda child: child[0])]


def body_of(protocol, body, is_raw):
    if protocol in ("query", "ec2"):
        pairs = parse_qsl(body.decode(), keep_blank_values=True) if isinstance(body, bytes) else body.items()
        return sorted((name, str(value)) for name, value in pairs)
    if not body or is_raw:
        return body.encode() if isinstance(body, str) else body or b""
    return json.loads(body) if protocol in ("json", "rest-json") else xml_of(ET.fromstring(body))


def without_nothing(body):
    """An empty object and no body say the same."""
    return b"" if body in ({}, b"") else body


def request(question):
    service = service_of(question["service"], question["protocol"])
    operation = service.operation_model(question["operation"])
    value = json.loads(json.dumps(question["input"]), object_hook=special)
    theirs = serialize.create_serializer(question["protocol"], False).serialize_to_request(value, operation)
    ours = question["request"]
    body = base64.b64decode(ours["body"])
    path, _, query = ours["path"].partition("?")
    their_path, _, fixed = theirs["url_path"].partition("?")
    extra = theirs["query_string"]
    pairs = parse_qsl(fixed, keep_blank_values=True)
    for name, item in extra.items() if isinstance(extra, dict) else extra:
        pairs.extend((name, str(each)) for each in (item if isinstance(item, list) else [item]))
    their_headers = {name.lower(): str(item) for name, item in theirs["headers"].items()}
    our_headers = {name: item for name, item in ours["headers"]}
    if "x-amz-checksum-crc32" not in their_headers:
        our_headers.pop("x-amz-checksum-crc32", None)
    # Set by botocore later, or by the transport.
    for headers in (their_headers, our_headers):
        headers["content-type"] = headers.get("content-type", "").split(";")[0]
    if our_headers["content-type"] in ("application/json", "application/xml", "application/octet-stream", "text/plain"):
        their_headers["content-type"] = our_headers["content-type"]
    our_headers = {name: item for name, item in our_headers.items() if item}
    their_headers = {name: item for name, item in their_headers.items() if item}
    protocol, shape = question["protocol"], operation.input_shape
    payload = shape.serialization.get("payload") if shape else None
    is_raw = payload is not None and shape.members[payload].type_name in ("blob", "string")
    sides = {
        "method": (ours["method"], theirs["method"]),
        "path": (unquote(path), unquote(their_path)),
        "query": (sorted(parse_qsl(query, keep_blank_values=True)), sorted(pairs)),
        "headers": (our_headers, their_headers),
        "body": (without_nothing(body_of(protocol, body, is_raw)), without_nothing(body_of(protocol, theirs["body"], is_raw))),
    }
    return [f"{name}: ours {mine!r}, botocore's {other!r}" for name, (mine, other) in sides.items() if mine != other]


def response(question):
    service = service_of(question["service"], question["protocol"])
    operation = service.operation_model(question["operation"])
    answer = question["response"]
    body = base64.b64decode(answer["body"])
    shape = operation.output_shape
    streams = shape is not None and operation.get_streaming_output() is not None
    raw = {"status_code": answer["status"], "headers": HeadersDict(dict(answer["headers"])), "body": body}
    parsed = plain(parsers.create_parser(question["protocol"]).parse(raw, shape))
    if streams:
        parsed[shape.serialization["payload"]] = {"$b": answer["body"]}
    metadata = parsed.pop("ResponseMetadata", {})
    ours = question["value"]
    if "fault" in question:
        theirs = parsed.get("Error", {})
        ours, parsed = question["fault"], [theirs.get("Code"), theirs.get("Message")]
    problems = [] if numbers(ours) == parsed else [f"ours {ours!r}, botocore's {parsed!r}"]
    if metadata.get("RequestId") != question["request_id"]:
        problems.append(f"the request is {question['request_id']!r}, to botocore {metadata.get('RequestId')!r}")
    return problems


for line in sys.stdin:
    question = json.loads(line)
    verdict = request(question) if "request" in question else response(question)
    print(json.dumps(verdict), flush=True)
