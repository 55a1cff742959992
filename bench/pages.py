"""How long `tenor serve` works on each page, at first and when its answers are kept, and how much of it is sent. See docs/benchmarks.md.

    python bench/pages.py TENOR --home HOME [--times 21] [--goals]

TENOR and HOME as in serve.py, which this stands on. The server is begun anew, so that the first time of a page is the first of its snapshot, once the first
pages, which it computes by itself, are there. Printed, on stdout, is JSON: for each page and API route milliseconds from asking to the last byte (the first
time, and the median and the most of the others), and the bytes of the page with and without compression. It looks as an analyst, `bench-analyst`, since files
and the ledger take one; each file that it takes is an entry of the ledger. With --goals the exit status is 1 where a page's median is more than 100 ms, or the
overview with what it has loaded is 200 kB or more, as a browser is sent it.
"""

import argparse
import http.client
import json
import re
import statistics
import sys
import time
from urllib.parse import quote

from serve import Served, entered, told

ANALYST = "bench-analyst"
# The goals, of each page and of a first visit.
MEDIAN_MS_MAX, FIRST_BYTES_MAX = 100, 200_000
PATHS = [
    "/",
    "/explore?by=service&granularity=month",
    "/explore?by=service&granularity=day",
    "/explore?by=account&granularity=month",
    "/explore?by=region,service&granularity=total",
    "/explore?by=tag%3ATeam&granularity=month",
    "/explore?by=usage-type&granularity=month",
    "/explore?by=instance-type&granularity=month",
    "/explore?by=family&granularity=month",
    "/explore?by=resource&granularity=month",
    "/explore?by=service&granularity=month&compare=before",
    "/explore?by=service&granularity=month&where=" + quote("ServiceName = 'Amazon Elastic Compute Cloud'"),
    "/commitments",
    "/coverage",
    "/coverage?by=account&granularity=day",
    "/explore.csv?by=service&granularity=month",
    "/explore.csv?by=resource",
    "/proposals",
    "/orders",
    "/backtest",
    "/access",
    "/settings",
    "/setup",
    "/jobs",
    "/account",
    "/ledger",
    "/ledger?q=data-imported",
    "/ledger?q=nothing-has-this-in-it",
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


def linked(served, cookies, path, begin):
    """The first address on a page that begins so, if there is one."""
    _, _, body = fetched(served, path, cookies, "identity")
    link = re.search(rf'href="({re.escape(begin)}[^"]+)"', body.decode())
    return link[1].replace("&amp;", "&").replace("&#38;", "&") if link else None


def found_paths(served, cookies):
    """Paths that depend on what the home has: a commitment with its hours, a proposal, an order, and a few days in the middle of the bills."""
    commitment = linked(served, cookies, "/commitments", "/commitments/one?")
    paths = [commitment, commitment and f"/api/v1{commitment}"]
    paths += [linked(served, cookies, f"/{kind}", f"/{kind}/") for kind in ("proposals", "orders")]
    month = linked(served, cookies, "/", "/explore?by=service&from=") or linked(served, cookies, "/", "/explore?by=service&amp;from=")
    if month:
        period = re.search(r"from=(\d{4}-\d{2})", month)[1]
        days = f"from={period}-05&to={period}-20"
        paths += [f"/explore?by=service&granularity=day&{days}", f"/explore?by=usage-type&{days}", f"/coverage?by=service&granularity=day&{days}"]
    return [path for path in paths if path]


def missed(found):
    """The goals that are missed, a line each."""
    lines = [f"{row['path']} answers {row['status']}" for row in found["pages"] if "status" in row]
    rows = [row for row in found["pages"] if "status" not in row]
    slow = [row for row in rows if row["median_ms"] > MEDIAN_MS_MAX]
    lines += [f"{row['path']}: a median of {row['median_ms']} ms, more than {MEDIAN_MS_MAX}" for row in slow]
    if found["first_load_bytes"] >= FIRST_BYTES_MAX:
        lines.append(f"the first load takes {found['first_load_bytes']:,} bytes, not less than {FIRST_BYTES_MAX:,}")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tenor")
    parser.add_argument("--home", required=True)
    parser.add_argument("--times", type=int, default=21)
    parser.add_argument("--goals", action="store_true")
    arguments = parser.parse_args()
    with Served(arguments.tenor, arguments.home) as served:
        _, cookies = entered(served, ANALYST, "analyst")
        served.end()
        served.begin()
        assets = sum(len(fetched(served, path, cookies, "gzip, br")[2]) for path in ASSETS)
        rows = [page(served, path, cookies, arguments.times) for path in PATHS]
        # They are looked for last: looking is a first time too.
        rows += [page(served, path, cookies, arguments.times) for path in found_paths(served, cookies)]
        first = assets + rows[0].get("bytes_compressed", 0)
        found = {"assets_bytes": assets, "first_load_bytes": first, "pages": rows, "rss_mib": round(served.rss_mib())}
    print(json.dumps(found, indent=2))
    if arguments.goals and (lines := missed(found)):
        sys.exit("\n".join(["goals are missed:", *lines]))


if __name__ == "__main__":
    main()
