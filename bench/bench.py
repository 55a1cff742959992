"""Times Tenor against DuckDB: the same work, the same data, one after the other in one run. See docs/benchmarks.md.

    python bench/bench.py import TENOR SOURCE WORK [--runs 3]
    python bench/bench.py questions TENOR HOME [--runs 5]

TENOR is the release binary, SOURCE a folder of generated bills, WORK a folder to write to, HOME the --home of an imported lake.
Both must give the same answer to a question, or it ends there.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from decimal import Decimal

import peer
from questions import QUESTIONS


# What a question that the roll-ups answer may take, in seconds.
ROLLUP_SECONDS_MAX = 0.050


def timed(command, **options):
    """Wall seconds and peak memory in MiB of one process."""
    before = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, **options)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{command} failed with {status}")
    return time.monotonic() - before, usage.ru_maxrss / 1024


def bench_import(arguments):
    ours, theirs, memory, peer_memory = [], [], [], []
    os.makedirs(arguments.work, exist_ok=True)
    # The peer runs in another folder.
    arguments.source, arguments.work = os.path.abspath(arguments.source), os.path.abspath(arguments.work)
    home, out = os.path.join(arguments.work, "home"), os.path.join(arguments.work, "peer")
    for _ in range(arguments.runs):
        shutil.rmtree(home, ignore_errors=True)
        seconds, mib = timed([arguments.tenor, "--home", home, "import", arguments.source])
        ours.append(seconds)
        memory.append(mib)
        # The peer runs in a process of its own, so that its memory can be told; its start is not counted.
        script = f"import time, peer; t = time.monotonic(); peer.convert({arguments.source!r}, {out!r}); print(time.monotonic() - t)"
        process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=os.path.dirname(os.path.abspath(__file__)))
        answer = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        if status != 0:
            sys.exit("the peer failed")
        theirs.append(float(answer))
        peer_memory.append(usage.ru_maxrss / 1024)
    row("import", ours, theirs)
    print(f"peak memory: tenor {max(memory):.0f} MiB, duckdb {max(peer_memory):.0f} MiB")


def bench_questions(arguments):
    charges = os.path.join(arguments.home, "lake", "charges", "*", "*", "*.parquet")
    table = f"read_parquet('{charges}', hive_partitioning = true)"
    connection = peer.connect()
    fill = filler(connection, table)
    for name, is_rollup, command, sql in QUESTIONS:
        command = [arguments.tenor, "--home", arguments.home, "--format", "json"] + [fill(word) for word in command]
        sql = fill(sql)
        check(name, command, json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout), connection.execute(sql).fetchall())
        ours, theirs = [], []
        for _ in range(arguments.runs):
            ours.append(timed(command)[0])
            before = time.monotonic()
            connection.execute(sql).fetchall()
            theirs.append(time.monotonic() - before)
        row(name, ours, theirs, is_rollup)


def filler(connection, table):
    """Puts into a question what depends on the bill."""
    resource, last = connection.execute(
        f"SELECT (SELECT ResourceId FROM {table} WHERE ResourceId IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1), "
        f"(SELECT max(ChargePeriodEnd - INTERVAL 1 SECOND)::DATE FROM {table} WHERE ChargePeriodEnd <= BillingPeriodEnd)"
    ).fetchone()
    first = connection.execute("SELECT (?::DATE - INTERVAL 6 DAY)::DATE", [last]).fetchone()[0]
    words = {"RESOURCE": resource or "", "FROM": str(first), "TO": str(last), "CHARGES": table}

    def fill(text):
        if text in words:
            return words[text]
        for word in ["RESOURCE", "CHARGES"]:
            text = text.replace(word, words[word])
        return text.replace("DATE 'FROM'", f"DATE '{first}'").replace("DATE 'TO'", f"DATE '{last}'")

    return fill


def check(name, command, ours, theirs):
    """Ends the program unless both answers have the same totals and as many rows."""
    # Which row is the rest is not part of the answer that the peer gives.
    ours = [[value for key, value in line.items() if key != "is_other"] for line in ours]
    amounts = sorted({at for line in theirs for at, value in enumerate(line) if isinstance(value, Decimal)})
    total = lambda lines: [sum((Decimal(line[at]) for line in lines if line[at] is not None), Decimal(0)) for at in amounts]
    rows = len(theirs)
    if "--top" in command:
        # The rest is one row more.
        rows = min(rows, int(command[command.index("--top") + 1]) + 1)
    if not amounts or total(ours) != total(theirs):
        sys.exit(f"{name}: tenor adds up to {total(ours)} and duckdb to {total(theirs)}")
    if len(ours) != rows:
        sys.exit(f"{name}: tenor answers {len(ours)} rows and duckdb {rows}")


def row(name, ours, theirs, is_rollup=False):
    a, b = statistics.median(ours), statistics.median(theirs)
    target = ("yes" if a < ROLLUP_SECONDS_MAX else "no") if is_rollup else ""
    print(f"| {name} | {a:.3f} s | {b:.3f} s | {b / a:.2f} | {target} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    importing = commands.add_parser("import")
    importing.add_argument("tenor")
    importing.add_argument("source")
    importing.add_argument("work")
    importing.add_argument("--runs", type=int, default=3)
    importing.set_defaults(run=bench_import)
    asking = commands.add_parser("questions")
    asking.add_argument("tenor")
    asking.add_argument("home")
    asking.add_argument("--runs", type=int, default=5)
    asking.set_defaults(run=bench_questions)
    arguments = parser.parse_args()
    # The peer runs in this folder, so that it finds its module.
    for path in ["tenor", "source", "work", "home"]:
        if hasattr(arguments, path):
            setattr(arguments, path, os.path.abspath(getattr(arguments, path)))
    print(f"| | tenor | duckdb | duckdb / tenor | roll-ups, below {ROLLUP_SECONDS_MAX:.3f} s |\n|---|---|---|---|---|")
    arguments.run(arguments)


if __name__ == "__main__":
    main()
