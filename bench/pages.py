"""How long `tenor serve` works on each page, at first and when its answers are kept, and how much of it is sent. See docs/benchmarks.md.

    python bench/pages.py TENOR --home HOME [--times 21]

TENOR and HOME as in serve.py, which this stands on. The server is begun anew, so that the first time of a page is the first of its snapshot, once the first
pages, which it computes by itself, are there. Printed, on stdout, is JSON: for each page and API route milliseconds from asking to the last byte (the first
time, and the median and the most of the others), and the bytes of the page with and without compression.
"""

import argparse
import http.client
import json
import re
import statistics
import time
from urllib.parse import quote

from serve import Served, entered, told

PATHS = [
    "/",
    "/explore?by=service&granularity=month",
    "/explore?by=service&granularity=day",
    "/explore?by=account&granularity=month",
    "/explore?by=region,service&granularity=total",
    "/explore?by=tag%3ATeam&granularity=month",
    "/explore?by=service&granularity=month&compare=before",
    "/explore?by=service&granularity=month&where=" + quote("ServiceName = 'Amazon Elastic Compute Cloud'"),
    "/commitments",
    "/coverage",
    "/coverage?by=account&granularity=day",
    "/proposals",
    "/orders",
    "/backtest",
    "/access",
    "/settings",
    "/setup",
    "/jobs",
    "/account",
    "/api/docs",
    "/api/v1/cost?by=service",
    "/api/v1/commitments",
    "/api/v1/coverage",
]
# What a page has loaded beside itself, once.
ASSETS = ["/style.css", "/tenor.js", "/icon.svg"]
# Until the first pages are computed: `warm` of the server.
READY_SECONDS_MAX = 120


def fetched(served, path, cookies, encoding):
    """Status, milliseconds and the body as it was sent."""
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()), "Accept-Encoding": encoding}
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=READY_SECONDS_MAX)
    try:
        connection.connect()
        begun = time.perf_counter()
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        return answer.status, (time.perf_counter() - begun) * 1_000, body
    finally:
        connection.close()


def page(served, path, cookies, times):
    status, first, plain = fetched(served, path, cookies, "identity")
    if status != 200:
        return {"path": path, "status": status}
    others = [fetched(served, path, cookies, "identity")[1] for _ in range(times)]
    _, _, packed = fetched(served, path, cookies, "gzip, br")
    found = {
        "path": path,
        "first_ms": round(first, 1),
        "median_ms": round(statistics.median(others), 1),
        "most_ms": round(max(others), 1),
        "bytes": len(plain),
        "bytes_compressed": len(packed),
    }
    told(f"{path}: {found}")
    return found


def one_commitment(served, cookies):
    """The page of the first commitment of the list, with its hours."""
    _, _, body = fetched(served, "/commitments", cookies, "identity")
    link = re.search(r'href="(/commitments/one\?[^"]+)"', body.decode())
    return [link[1].replace("&amp;", "&").replace("&#38;", "&")] if link else []


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tenor")
    parser.add_argument("--home", required=True)
    parser.add_argument("--times", type=int, default=21)
    arguments = parser.parse_args()
    with Served(arguments.tenor, arguments.home) as served:
        _, cookies = entered(served)
        served.end()
        served.begin()
        paths = PATHS + one_commitment(served, cookies)
        assets = sum(len(fetched(served, path, cookies, "gzip, br")[2]) for path in ASSETS)
        rows = [page(served, path, cookies, arguments.times) for path in paths]
        print(json.dumps({"assets_bytes": assets, "pages": rows, "rss_mib": round(served.rss_mib())}, indent=2))


if __name__ == "__main__":
    main()
