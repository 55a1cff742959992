"""How many describe calls a second the sandbox answers on one core, and moto's server beside it. See docs/benchmarks.md.

    python bench/sandbox.py SERVE [--seconds 10] [--connections 8] [--moto PYTHON]

SERVE is the release build of the sandbox's example `serve`; PYTHON one that has `moto[server]`. This one needs boto3. The server is
pinned to core 0, the load to core 1. A call is signed once and sent again and again, for as long as its signature holds: the server
verifies it each time. Every answer must have status 200.
"""

import argparse
import json
import os
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from urllib.parse import urlsplit

import boto3
from botocore.awsrequest import AWSResponse
from botocore.config import Config

SERVER_CORE, LOAD_CORE = 0, 1
CONTROL_KEY = "the bench's own"
# What the organization buys in its year: one of each, so many times.
PURCHASES = 100
YEAR_SECONDS = 365 * 86_400
# What a core is to answer, in calls a second.
GOAL = 2_000

# Service, operation by boto3's name, arguments, and whether moto answers it too.
CALLS = [
    ("sts", "get_caller_identity", {}, True),
    ("organizations", "list_accounts", {}, True),
    ("savingsplans", "describe_savings_plans", {"maxResults": 10}, False),
    ("savingsplans", "describe_savings_plans", {"maxResults": 100}, False),
    ("ec2", "describe_reserved_instances", {}, False),
    ("ec2", "describe_reserved_instances", {"Filters": [{"Name": "state", "Values": ["payment-pending"]}]}, False),
]


class Served:
    """A server on core 0, until the end of a `with`."""

    def __init__(self, command, endpoint=None):
        self.process = subprocess.Popen(["taskset", "-c", str(SERVER_CORE), *command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.endpoint, self.keys = endpoint, ("testing", "testing")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def client(self, service):
        config = Config(retries={"total_max_attempts": 1}, parameter_validation=False)
        access, secret = self.keys
        return boto3.client(service, endpoint_url=self.endpoint, region_name="us-east-1", aws_access_key_id=access, aws_secret_access_key=secret, config=config)

    def control(self, order):
        request = urllib.request.Request(self.endpoint + "/_sandbox", data=json.dumps(order).encode(), headers={"x-sandbox-key": CONTROL_KEY})
        return urllib.request.urlopen(request).read().decode()

    def processor_seconds(self):
        with open(f"/proc/{self.process.pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def mib(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))


def sandbox(serve, books):
    served = Served([serve, books, "0", CONTROL_KEY])
    words = (served.process.stdout.readline() + served.process.stdout.readline()).split()
    told = dict(word.split("=", 1) for word in words)
    served.endpoint = told["AWS_ENDPOINT_URL"]
    served.keys = told["AWS_ACCESS_KEY_ID"], told["AWS_SECRET_ACCESS_KEY"]
    return served


def moto(python):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    served = Served([python, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], f"http://127.0.0.1:{port}")
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except ConnectionRefusedError:
            if served.process.poll() is not None:
                sys.exit("moto does not start: name a python that has moto[server]")
            time.sleep(0.1)
    organizations = served.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    # The sandbox's organization has eight accounts.
    for number in range(7):
        organizations.create_account(Email=f"{number}@example.com", AccountName=f"account-{number}")
    return served


def fill(served):
    """Buys through a year; milliseconds of each purchase."""
    plans, ec2 = served.client("savingsplans"), served.client("ec2")
    plan = plans.describe_savings_plans_offerings(planTypes=["Compute"], paymentOptions=["No Upfront"])["searchResults"][0]["offeringId"]
    filters = [{"Name": "scope", "Values": ["Region"]}, {"Name": "duration", "Values": [str(YEAR_SECONDS)]}]
    offerings = ec2.describe_reserved_instances_offerings(InstanceType="m5.large", OfferingClass="standard", IncludeMarketplace=False, Filters=filters)
    offering = offerings["ReservedInstancesOfferings"][0]["ReservedInstancesOfferingId"]
    took = []
    for number in range(PURCHASES):
        for buy, arguments in (
            (plans.create_savings_plan, {"savingsPlanOfferingId": plan, "commitment": f"1.{number:02}", "tags": {"Team": "Platform", "number": str(number)}}),
            (ec2.purchase_reserved_instances_offering, {"ReservedInstancesOfferingId": offering, "InstanceCount": 1 + number % 2}),
        ):
            before = time.monotonic()
            buy(**arguments)
            took.append(1000 * (time.monotonic() - before))
            served.control({"advance": YEAR_SECONDS // (2 * PURCHASES)})
    return took


def signed(client, operation, arguments):
    """The bytes of a call as boto3 signs it."""
    caught = []

    def catch(request, **_):
        caught.append(request)
        return AWSResponse(request.url, 500, {}, None)

    client.meta.events.register("before-send.*.*", catch)
    try:
        getattr(client, operation)(**arguments)
    except Exception:
        # There is no answer to read: the request is all that is wanted.
        pass
    client.meta.events.unregister("before-send.*.*", catch)
    [request] = caught
    url = urlsplit(request.url)
    body = request.body or b""
    body = body.encode() if isinstance(body, str) else body
    headers = {**{name: value.decode() if isinstance(value, bytes) else value for name, value in request.headers.items()}, "Host": url.netloc}
    headers["Content-Length"] = str(len(body))
    head = f"{request.method} {url.path or '/'}{'?' + url.query if url.query else ''} HTTP/1.1\r\n"
    return (head + "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n").encode() + body


class Connection:
    """One call after the other on a connection, which is made anew where the server ends it."""

    def __init__(self, selector, address, request):
        self.selector, self.address, self.request = selector, address, request
        self.socket = None
        self.ask()

    def ask(self):
        if self.socket is None:
            self.socket = socket.create_connection(self.address)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.selector.register(self.socket, selectors.EVENT_READ, self)
        self.got, self.wanted, self.ends, self.began = b"", None, False, time.monotonic()
        self.socket.sendall(self.request)

    def read(self):
        """Reads what has come; seconds that the call took, once the answer is whole."""
        more = self.socket.recv(1 << 20)
        self.got += more
        if self.wanted is None and b"\r\n\r\n" in self.got:
            head, _, _ = self.got.partition(b"\r\n\r\n")
            lines = head.decode().lower().split("\r\n")
            if lines[0].split()[1] != "200":
                sys.exit(f"refused: {self.got[:2000].decode(errors='replace')}")
            fields = dict(line.split(": ", 1) for line in lines[1:])
            self.wanted = len(head) + 4 + int(fields["content-length"])
            self.ends = fields.get("connection") == "close" or lines[0].startswith("http/1.0")
        if self.wanted is None or len(self.got) < self.wanted:
            if not more:
                sys.exit("the server left in the middle of an answer")
            return None
        took = time.monotonic() - self.began
        if self.ends:
            self.selector.unregister(self.socket)
            self.socket.close()
            self.socket = None
        return took


def load(served, request, seconds, connections):
    """Calls a second, latencies in milliseconds, the bytes of an answer, and how much of its core the server used."""
    url = urlsplit(served.endpoint)
    with selectors.DefaultSelector() as selector:
        all_of_them = [Connection(selector, (url.hostname, url.port), request) for _ in range(connections)]
        took, began, used = [], time.monotonic(), served.processor_seconds()
        while time.monotonic() < began + seconds:
            for key, _ in selector.select():
                latency = key.data.read()
                if latency is not None:
                    took.append(1000 * latency)
                    size = key.data.wanted
                    key.data.ask()
        wall = time.monotonic() - began
        used = served.processor_seconds() - used
        for connection in all_of_them:
            connection.socket.close()
    return len(took) / wall, took, size, used / wall


def measure(served, calls, arguments):
    rates = {}
    for service, operation, members, _ in calls:
        request = signed(served.client(service), operation, members)
        load(served, request, 1, arguments.connections)
        rate, took, size, used = load(served, request, arguments.seconds, arguments.connections)
        percentiles = statistics.quantiles(took, n=100)
        rates[service, operation, str(members)] = rate, percentiles[49], percentiles[98], size, used
    return rates


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("serve")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--moto", metavar="PYTHON")
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {LOAD_CORE})
    with tempfile.TemporaryDirectory() as folder, sandbox(arguments.serve, os.path.join(folder, "books.json")) as served:
        took = fill(served)
        kib = os.path.getsize(os.path.join(folder, "books.json")) / 1024
        print(f"{len(took)} purchases, {statistics.median(took):.1f} ms each in the median, boto3 included; books of {kib:.0f} KiB")
        ours = measure(served, CALLS, arguments)
        print(f"memory at most {served.mib():.0f} MiB")
    theirs = {}
    if arguments.moto:
        with moto(arguments.moto) as served:
            theirs = measure(served, [call for call in CALLS if call[3]], arguments)
    # A core that others use too is told from a slow server by the processor's time.
    print(f"\n| call | calls/s | median, 99% | answer | core used | calls/processor s | {GOAL:,} | moto, calls/processor s | ratio |\n|---|---|---|---|---|---|---|---|---|")
    for (service, operation, members), (rate, median, worst, size, used) in ours.items():
        other = theirs.get((service, operation, members))
        beside = f"{other[0] / other[4]:,.0f} | {rate / used / (other[0] / other[4]):.0f}" if other else " | "
        name = f"{service} {operation}" + (f" `{members}`" if members != "{}" else "")
        met = "yes" if rate / used >= GOAL else "no"
        print(f"| {name} | {rate:,.0f} | {median:.2f} ms, {worst:.2f} ms | {size:,} B | {used:.0%} | {rate / used:,.0f} | {met} | {beside} |")


if __name__ == "__main__":
    main()
