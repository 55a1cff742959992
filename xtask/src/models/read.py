"""Prints what botocore knows of the services named on the command line, as JSON, without a word of documentation.

Run on the judges' Python by `cargo xtask models`, which keeps the part that is asked for.
"""
import json
import sys

import botocore
import botocore.session
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import BotoCoreError

PARTITIONS = ("aws", "aws-us-gov", "aws-cn")
VARIANTS = {"plain": (False, False), "fips": (True, False), "dual": (False, True), "both": (True, True)}
# A service that lists this many regions or fewer is only there; one with more is everywhere, whatever the list says.
HOMES_MAX = 3

loader = botocore.session.get_session().get_component("data_loader")
partitions = loader.load_data("partitions")
listed = {partition["partition"]: partition["services"] for partition in loader.load_data("endpoints")["partitions"]}


def without_prose(value):
    if isinstance(value, dict):
        return {key: without_prose(item) for key, item in value.items() if not (key == "documentation" and isinstance(item, str))}
    return [without_prose(item) for item in value] if isinstance(value, list) else value


def ordered(shape):
    """The order of members is part of what XML looks like, and JSON objects have none."""
    if "members" in shape:
        shape["members"] = list(shape["members"].items())
    return shape


def in_one_partition(provider, partition, prefix):
    """A template for every variant, and the one region that signs when there is only one."""
    regions = [region for region in partition["regions"] if not region.endswith("-global")]
    told, signs = {}, set()
    for name, (fips, dual) in VARIANTS.items():
        templates = set()
        for region in regions:
            try:
                endpoint = provider.resolve_endpoint(Region=region, UseFIPS=fips, UseDualStack=dual)
            except BotoCoreError:
                templates.add(None)
                continue
            scheme = (endpoint.properties.get("authSchemes") or [{}])[0]
            signing = scheme.get("signingRegion", region)
            templates.add(endpoint.url.removeprefix("https://").replace(signing, "{region}"))
            if name == "plain":
                signs.add(signing)
        if len(templates) > 1:
            raise SystemExit(f"{prefix} in {partition['id']}, {name}: no one template: {templates}")
        told[name] = templates.pop()
    if len(signs) == 1 and len(regions) > 1:
        told["homes"] = sorted(signs)
    else:
        known = listed[partition["id"]].get(prefix, {}).get("endpoints", {})
        homes = [region for region in known if region in regions]
        if 0 < len(homes) <= HOMES_MAX and len(homes) < len(regions):
            told["homes"] = sorted(homes, key=lambda region: (region != "us-east-1", region))
    return told


def service(name):
    model = without_prose(loader.load_service_model(name, "service-2"))
    provider = EndpointProvider(loader.load_service_model(name, "endpoint-rule-set-1"), partitions)
    prefix = model["metadata"]["endpointPrefix"]
    try:
        pages = loader.load_service_model(name, "paginators-1")["pagination"]
    except BotoCoreError:
        pages = {}
    return {
        "metadata": model["metadata"],
        "operations": model["operations"],
        "shapes": {key: ordered(shape) for key, shape in model["shapes"].items()},
        "pages": pages,
        "endpoints": {each["id"]: in_one_partition(provider, each, prefix) for each in partitions["partitions"] if each["id"] in PARTITIONS},
    }


services = {name: service(name) for name in sys.argv[1:]}
json.dump({"botocore": botocore.__version__, "services": services}, sys.stdout)
