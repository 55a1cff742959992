"""Times Tenor against DuckDB: the same work, the same data, one after the other in one run. See docs/benchmarks.md.

    python bench/bench.py import TENOR SOURCE WORK [--runs 3]
    python bench/bench.py questions TENOR HOME [--runs 5]

TENOR is the release binary, SOURCE a folder of generated bills, WORK a folder to write to, HOME the --home of an imported lake.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time

import peer
from questions import QUESTIONS


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
    connection = peer.connect()
    for name, command, sql in QUESTIONS:
        resource_id = None
        if "RESOURCE" in sql:
            resource_id = connection.execute(
                f"SELECT ResourceId FROM read_parquet('{charges}') WHERE ResourceId IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"
            ).fetchone()[0]
        fill = lambda text: text.replace("RESOURCE", resource_id or "").replace("CHARGES", f"read_parquet('{charges}', hive_partitioning = true)")
        command = [arguments.tenor, "--home", arguments.home, "--format", "json"] + [fill(word) for word in command]
        ours, theirs = [], []
        timed(command)
        connection.execute(fill(sql)).fetchall()
        for _ in range(arguments.runs):
            ours.append(timed(command)[0])
            before = time.monotonic()
            connection.execute(fill(sql)).fetchall()
            theirs.append(time.monotonic() - before)
        row(name, ours, theirs)


def row(name, ours, theirs):
    a, b = statistics.median(ours), statistics.median(theirs)
    print(f"| {name} | {a:.3f} s | {b:.3f} s | {b / a:.2f} |", flush=True)


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
    print("| | tenor | duckdb | duckdb / tenor |\n|---|---|---|---|")
    arguments.run(arguments)


if __name__ == "__main__":
    main()
