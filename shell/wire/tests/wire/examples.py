"""Prints AWS's documented outputs, from the examples that awscli bundles, as bodies on the wire: one answer a line.

The examples are the command line's JSON. For XML protocols they are written by botocore's shapes, which Tenor's codec has no part in.
"""
import base64
import json
import os
import re
import sys
from xml.sax.saxutils import escape

import awscli
import botocore.session
from botocore import xform_name
from botocore.model import ServiceModel

loader = botocore.session.get_session().get_component("data_loader")
folder = os.path.join(os.path.dirname(awscli.__file__), "examples")


def outputs(text):
    """Blocks of JSON; what the examples leave out with `...` is left out."""
    for block in re.split(r"\nOutput::?\n|\n::\n", text)[1:]:
        lines = []
        for line in block.split("\n"):
            if line.strip() and not line.startswith((" ", "\t")) and lines:
                break
            lines.append(line)
        cleaned = re.sub(r"^\s*(\.\.\.|<\.\.\.>)\s*,?\s*$", "", "\n".join(lines), flags=re.M)
        cleaned = re.sub(r",(\s*[}\]])", r"\1", cleaned)
        # One of the examples has a misspelt moment.
        cleaned = re.sub(r"(T\d\d:\d\d);", r"\1:", cleaned)
        try:
            value = json.loads(cleaned)
        except ValueError:
            continue
        if isinstance(value, dict):
            yield value


def text_of(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    return escape(value if isinstance(value, str) else json.dumps(value))


def xml(name, shape, value, ec2):
    kind = shape.type_name
    if kind == "structure":
        inner = "".join(
            xml(member.serialization.get("name", key), member, value[key], ec2) for key, member in shape.members.items() if key in value
        )
    elif kind == "list":
        item = shape.member.serialization.get("name", "member")
        if shape.serialization.get("flattened"):
            return "".join(xml(item if item != "member" else name, shape.member, each, ec2) for each in value)
        inner = "".join(xml(item, shape.member, each, ec2) for each in value)
    else:
        inner = text_of(value)
    return f"<{name}>{inner}</{name}>"


def body(protocol, operation, value):
    if protocol in ("json", "rest-json"):
        return json.dumps(value)
    root = f"{operation.name}Response"
    inner = xml("x", operation.output_shape, value, protocol == "ec2").removeprefix("<x>").removesuffix("</x>")
    if protocol == "ec2":
        return f"<{root}><requestId>r</requestId>{inner}</{root}>"
    wrapper = operation.output_shape.serialization.get("resultWrapper")
    inner = f"<{wrapper}>{inner}</{wrapper}>" if wrapper else inner
    return f"<{root}>{inner}<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{root}>"


for argument in sys.argv[1:]:
    service, operation, protocol = argument.split(":")
    path = os.path.join(folder, service, xform_name(operation, "-") + ".rst")
    model = ServiceModel(loader.load_service_model(service, "service-2"), service).operation_model(operation)
    if not os.path.exists(path) or model.output_shape is None:
        continue
    with open(path, encoding="utf-8") as file:
        for value in outputs(file.read()):
            known = {key: item for key, item in value.items() if key in model.output_shape.members}
            if known:
                wire = base64.b64encode(body(protocol, model, known).encode()).decode()
                print(json.dumps([service, operation, wire, sorted(known)]))
