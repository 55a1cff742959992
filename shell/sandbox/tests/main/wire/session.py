"""A session on a sandbox: clients that the strict judge watches, and what every script does to check an answer."""
import json
import os
import urllib.request

import boto3
import botocore
from botocore.config import Config
from wire_judge import attach

ENDPOINT = os.environ["SANDBOX_ENDPOINT"]
KEYS = [line.split() for line in os.environ["SANDBOX_KEYS"].splitlines()]
findings, called, refusals = [], set(), set()


def client(service, account=0, region="us-east-1", attempts=1, checks=True, **more):
    """A client of an account's administrator, the payer's by default, that never retries; without checks it sends what boto3 itself would refuse."""
    _, access_key, secret_key = KEYS[account]
    credentials = {"aws_access_key_id": access_key, "aws_secret_access_key": secret_key, **more}
    made = boto3.client(service, endpoint_url=ENDPOINT, region_name=region,
                        config=Config(retries={"total_max_attempts": attempts}, parameter_validation=checks, read_timeout=600), **credentials)
    attach(made, findings)

    def note(parsed, model, **_):
        if parsed["ResponseMetadata"]["HTTPStatusCode"] < 300:
            called.add(f"{service}:{model.name}")
        else:
            refusals.add(f"{service}:{model.name} {parsed.get('Error', {}).get('Code')}")

    made.meta.events.register("after-call.*.*", note)
    return made


def control(order):
    """Does something to the sandbox past AWS's API; its time comes back."""
    request = urllib.request.Request(ENDPOINT + "/_sandbox", data=json.dumps(order).encode(),
                                     headers={"x-sandbox-key": os.environ["SANDBOX_CONTROL_KEY"]})
    return urllib.request.urlopen(request).read().decode()


def advance(days=0, hours=0, seconds=0):
    return control({"advance": days * 86400 + hours * 3600 + seconds})


def fault(operation, kind, times=1):
    control({"fault": {"operation": operation, "kind": kind, "per_mille": 1000, "times": times}})


def refused(call, code, status, **arguments):
    """The call fails with this code and HTTP status."""
    try:
        answer = call(**arguments)
    except botocore.exceptions.ClientError as error:
        got = (error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"])
        assert got == (code, status), f"{got} instead of {(code, status)}: {error}"
        return error.response["Error"].get("Message", "")
    raise AssertionError(f"{code} was to come, not {answer}")


def pages(call, member, token="NextToken", **arguments):
    """The lists of all pages of an operation, also of one that boto3 has no paginator for."""
    found, next = [], {}
    while True:
        answer = call(**arguments, **next)
        found.append(answer[member])
        if not answer.get(token):
            return found
        next = {token: answer[token]}


def lost(call, **arguments):
    """The call gets no answer."""
    try:
        answer = call(**arguments)
    except (botocore.exceptions.ConnectionClosedError, botocore.exceptions.HTTPClientError):
        return
    raise AssertionError(f"no answer was to come, not {answer}")


def same(got, wanted):
    assert got == wanted, f"{got!r} instead of {wanted!r}"


def has(item, *members):
    """Every member is there, and none says nothing."""
    missing = [name for name in members if item.get(name) in (None, "", [], {})]
    assert not missing, f"{missing} are missing of {item}"


def done():
    """Ends a script: no finding, what was called, and which errors came."""
    wrong = [finding for finding in findings if not finding[2].startswith("warn:")]
    assert not wrong, wrong
    print("\n".join(sorted(called)))
    print("\n".join(f"refused {refusal}" for refusal in sorted(refusals)))
