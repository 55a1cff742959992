"""Verifies ledgers, written from docs/spec/ledger.md alone. Says of each `whole N HASH` or `entry N: what is wrong`.

usage: judge.py FILE; a line of FILE is a ledger as hexadecimal digits, or a checkpoint, which begins with `{`
"""

import hashlib
import json
import re
import sys

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z")
TAIL = re.compile(rb',"previous":"([0-9a-f]{64})","hash":"([0-9a-f]{64})"}\Z')
TAIL_BYTES = 13 + 64 + 10 + 64 + 2
KIND = re.compile(r'\{"kind":"[a-z0-9-]{1,64}"')
MEMBERS = ["sequence", "moment", "clock", "actor", "event", "previous", "hash"]


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def ending(line):
    return TAIL.match(line, max(0, len(line) - TAIL_BYTES))


def intact(line):
    """The predecessor's hash and its own, of a line that has the hash that it states."""
    tail = ending(line)
    if tail and sha256(line[: tail.end(1) + 1]) == tail.group(2).decode():
        return tail.group(1).decode(), tail.group(2).decode()
    return None


def refuse(number):
    raise ValueError(f"{number} is not whole")


def deepest(value):
    """How many objects and arrays lie in each other."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return isinstance(value, (dict, list)) + max(map(deepest, inside), default=0)


def read(line):
    """The members of an intact line, or nothing where it is no entry."""
    if len(line) > 65_536 or any(byte < 32 for byte in line):
        return None
    try:
        text = line.decode()
        entry = json.loads(text, parse_float=refuse)
    except (ValueError, RecursionError):
        return None
    if not isinstance(entry, dict) or list(entry) != MEMBERS:
        return None
    if not isinstance(entry["sequence"], int) or not MOMENT.fullmatch(str(entry["moment"])):
        return None
    if entry["clock"] is not None and not MOMENT.fullmatch(str(entry["clock"])):
        return None
    # The one form: what json writes without spaces is what stands there.
    if json.dumps(entry, ensure_ascii=False, separators=(",", ":")) != text:
        return None
    # Nothing but a quotation mark and a backslash is escaped.
    if "\\" in re.sub(r'\\["\\]', "", text):
        return None
    if max(deepest(entry[member]) for member in ("actor", "event")) > 8:
        return None
    kinds = [json.dumps(entry[member], ensure_ascii=False, separators=(",", ":")) for member in ("actor", "event")]
    return entry if all(KIND.match(kind) for kind in kinds) else None


def verify(ledger):
    lines = ledger.split(b"\n")
    rest = lines.pop()
    expected, previous, last = 1, sha256(b"tenor ledger 1\n"), "1970-01-01T00:00:00.000000000Z"
    for at, line in enumerate(lines):
        hashes = intact(line)
        if not hashes:
            was = line.startswith(b'{"sequence":') or ending(line)
            return f"entry {expected}: {'changed' if was else 'not an entry'}"
        entry = read(line)
        if not entry:
            return f"entry {expected}: not an entry"
        number = entry["sequence"]
        if number > expected:
            later = (read(line) for line in lines[at + 1 :] if intact(line))
            found = any(entry and entry["sequence"] == expected for entry in later)
            return f"entry {expected}: {'out of order' if found else 'missing'}"
        if number < expected:
            return f"entry {expected}: repeated"
        if hashes[0] != previous:
            return f"entry {expected}: written anew"
        if entry["moment"] < last:
            return f"entry {expected}: earlier"
        if entry["clock"] is not None and (entry["clock"] >= entry["moment"] or entry["moment"] != last):
            return f"entry {expected}: not an entry"
        expected, previous, last = expected + 1, hashes[1], entry["moment"]
    if rest:
        return f"entry {expected}: {'changed' if intact(rest[:-1]) else 'cut short'}"
    return f"whole {expected - 1} {previous}"


def check(checkpoint):
    """Whether a checkpoint's signature is its key's, by another implementation of ed25519."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    signed, _, signature = checkpoint.partition(',"signature":"')
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(json.loads(checkpoint)["key"]))
    try:
        key.verify(bytes.fromhex(signature.removesuffix('"}')), signed.encode())
    except InvalidSignature:
        return "not signed"
    return "signed"


for task in open(sys.argv[1]):
    task = task.rstrip("\n")
    print(check(task) if task.startswith("{") else verify(bytes.fromhex(task)))
