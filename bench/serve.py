"""What `tenor serve` answers in a second, how its memory goes under load, and what is left of writes when it is told to end. See docs/benchmarks.md.

    python bench/serve.py TENOR --home HOME [--seconds 30] [--connections 32] [--beside] [--soak SECONDS] [--restarts N] [--goals]

TENOR is the release build; HOME has imported bills. It adds a user `bench` to that home, who may look and nothing else, sets their password through a link
and logs in. wrk has to be installed (https://github.com/wg/wrk). The last thing printed, on stdout, is JSON; what is under way is told on stderr.

With --restarts it sets the kill switch of that home again and again, as another user it adds (`bench-admin`), and lifts it at the end: have nothing else use
the home. With --goals the exit status is 1 where a goal of docs/benchmarks.md is missed.
"""

import argparse
import http.client
import json
import re
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from urllib.parse import urlencode

USER, ADMIN = "bench", "bench-admin"
PATHS = ["/", "/explore?by=service&granularity=month", "/api/v1/cost?by=service"]
# What asks for most, and is asked without end beside a load.
HEAVY = "/explore?by=resource"
# The goals: of the first two paths, and of memory in a soak.
REQUESTS_PER_SECOND_MIN, P99_MS_MAX, GROWTH_MAX = 500, 100, 1.1
GOAL_PATHS = 2
# The first pages are computed once a snapshot; that is not what is measured.
WARM_SECONDS = 2
SAMPLE_SECONDS = 10
# A name that is tried more often at once has to wait: five failures are free, and a try counts as one until it is none.
WRITERS = 3
WRITE_SECONDS = 3
BEGIN_SECONDS_MAX = 60


def told(text):
    print(text, file=sys.stderr, flush=True)


class Served:
    """A server on the home, until the end of a `with`."""

    def __init__(self, tenor, home):
        self.tenor, self.home = tenor, home
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.begin()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.end()

    def begin(self):
        command = [self.tenor, "--home", self.home, "serve", "--port", str(self.port)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        # Its first line says where it listens, so it does.
        if not self.process.stdout.readline():
            sys.exit("tenor serve does not begin; what it says is above")

    def end(self):
        """Tells it to end, and waits until it has."""
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(BEGIN_SECONDS_MAX) != 0:
            sys.exit("tenor serve did not end well; what it says is above")

    def rss_mib(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))

    def ask(self, method, path, cookies=None, form=None):
        """Status, cookies that were set, and the body."""
        headers = {"Origin": f"http://127.0.0.1:{self.port}"}
        if cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=BEGIN_SECONDS_MAX)
        try:
            connection.request(method, path, urlencode(form) if form is not None else None, headers)
            answer = connection.getresponse()
            body = answer.read().decode()
            cookies = dict(line.split(";")[0].split("=", 1) for line in answer.headers.get_all("Set-Cookie") or [])
            return answer.status, cookies, body
        finally:
            connection.close()

    def call(self, method, path, token, sent=None, key=None):
        """Status and answer of the API."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=BEGIN_SECONDS_MAX)
        try:
            connection.request(method, path, json.dumps(sent) if sent is not None else None, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def submit(self, path, form):
        """Opens the page of a form as nobody, and sends it."""
        _, cookies, page = self.ask("GET", path)
        token = re.search('name="form_token" value="([^"]*)"', page)
        if token is None:
            sys.exit(f"{path} has no form")
        return self.ask("POST", path, cookies, {"form_token": token[1], **form})

    def log_in(self, password, user=USER):
        """The cookies of a new session; none when it was not let in."""
        status, cookies, _ = self.submit("/login", {"user": user, "password": password, "to": "/"})
        return {name: value for name, value in cookies.items() if value} if status == 303 else {}

    def is_in(self, cookies):
        return self.ask("GET", "/account", cookies)[0] == 200


def run(served, *words):
    """A command on the home, which may fail."""
    return subprocess.run([served.tenor, "--home", served.home, *words], capture_output=True, text=True)


def invited(served, user, role):
    """The path of a link by which the user sets a password; they are added where there is none."""
    for words in (["add", user, "--role", role], ["invite", user]):
        made = run(served, "user", *words)
        if made.returncode == 0:
            return "/welcome/" + made.stdout.strip().rpartition("/")[2]
    sys.exit(f"no link for `{user}`: {made.stderr}")


def admitted(served):
    """A token of an admin, for a day; whose it is, is added where there is none."""
    run(served, "user", "add", ADMIN, "--role", "admin")
    made = run(served, "user", "token", ADMIN, "--scope", "admin", "--scope", "ledger", "--days", "1", "--label", "bench/serve.py")
    if made.returncode != 0:
        sys.exit(f"no token for `{ADMIN}`: {made.stderr}")
    return made.stdout.strip()


def entered(served, user=USER, role="viewer"):
    """The user's password, and the cookies of their session."""
    password = secrets.token_urlsafe(24)
    path = invited(served, user, role)
    status, _, page = served.submit(path, {"password": password, "again": password})
    if status != 303:
        sys.exit(f"the password was not set ({status}): {page[:500]}")
    cookies = served.log_in(password, user)
    if not cookies:
        sys.exit("the new password is not taken")
    return password, cookies


def milliseconds(text):
    value, unit = re.fullmatch(r"([0-9.]+)(us|ms|s|m)", text).groups()
    return float(value) * {"us": 0.001, "ms": 1, "s": 1_000, "m": 60_000}[unit]


def wrk(served, path, cookies, seconds, connections):
    """Requests a second, and latencies in milliseconds. Every answer has to be a good one."""
    cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
    command = ["wrk", "-t2", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "--latency", "-H", f"Cookie: {cookie}"]
    ran = subprocess.run([*command, f"http://127.0.0.1:{served.port}{path}"], capture_output=True, text=True)
    said = ran.stdout
    if ran.returncode != 0 or "Non-2xx" in said or "Socket errors" in said:
        sys.exit(f"wrk on {path}: {said}{ran.stderr}")
    found = {"path": path, "requests_per_second": float(re.search(r"Requests/sec:\s+([0-9.]+)", said)[1])}
    for percent in (50, 99):
        found[f"p{percent}_ms"] = round(milliseconds(re.search(rf"\s{percent}%\s+(\S+)", said)[1]), 3)
    return found


def measured(served, cookies, arguments):
    rows = []
    for path in PATHS:
        status, _, page = served.ask("GET", path, cookies)
        # wrk takes being sent to the log-in for an answer.
        if status != 200:
            sys.exit(f"{path} answers {status}: {page[:500]}")
        wrk(served, path, cookies, WARM_SECONDS, arguments.connections)
        rows.append(wrk(served, path, cookies, arguments.seconds, arguments.connections))
        told(f"{path}: {rows[-1]['requests_per_second']:,.0f} a second")
    return rows


def beside(served, cookies, arguments):
    """The same load while one client asks without end for what takes most; how often it was answered, too."""
    stop, statuses = threading.Event(), []

    def ask():
        while not stop.is_set():
            statuses.append(served.ask("GET", HEAVY, cookies)[0])

    asker = threading.Thread(target=ask, daemon=True)
    asker.start()
    try:
        rows = measured(served, cookies, arguments)
    finally:
        stop.set()
        asker.join()
    if set(statuses) != {200}:
        sys.exit(f"{HEAVY} answers {sorted(set(statuses))}")
    return {"asked": HEAVY, "answers": len(statuses), "load": rows}


def soaked(served, cookies, seconds, connections):
    """Resident memory in MiB under load, one path after the other."""
    ends, failed = time.monotonic() + seconds, []

    def load():
        turn = 0
        while (left := ends - time.monotonic()) > 1:
            try:
                wrk(served, PATHS[turn % len(PATHS)], cookies, int(min(left, SAMPLE_SECONDS)), connections)
            except SystemExit as error:
                failed.append(str(error))
                return
            turn += 1

    loader, samples = threading.Thread(target=load, daemon=True), []
    loader.start()
    while loader.is_alive():
        samples.append(served.rss_mib())
        told(f"{samples[-1]:.0f} MiB")
        loader.join(SAMPLE_SECONDS)
    if failed:
        sys.exit(failed[0])
    return {"seconds": seconds, "samples": len(samples), "first_mib": round(samples[0]), "last_mib": round(samples[-1]), "max_mib": round(max(samples))}


def stops(served, token, run_id, stop, answered, unlike):
    """Sets the kill switch again and again, each time for another reason, which is an entry of the ledger, until it is told to stop. Each that is answered is
    sent once more under its key, and one that is not is sent until it is: neither makes a second entry."""
    number = 0
    while not stop.is_set():
        number += 1
        reason, sent = f"bench {run_id} write {number:06}", 0
        while sent < 2 and not stop.is_set():
            try:
                status, answer = served.call("POST", "/api/v1/settings/stop", token, {"reason": reason}, f"{run_id}-{number}")
            except (OSError, http.client.HTTPException, ValueError):
                # It is not there right now, or ended before it answered: nothing was promised.
                time.sleep(0.02)
                continue
            if status == 200 and answer["is_recorded"]:
                answered.append(reason)
            elif status not in (429, 503):
                unlike.append(f"a write is answered {status}: {answer}")
                return
            sent += 1


def written(served, token, run_id):
    """How often each reason of this run is in the ledger."""
    found, after = {}, None
    while True:
        path = f"/api/v1/ledger?q=bench+{run_id}+write&limit=1000" + (f"&after={after}" if after else "")
        status, answer = served.call("GET", path, token)
        if status != 200:
            sys.exit(f"{path} answers {status}: {answer}")
        for item in answer["items"]:
            for reason in set(re.findall(rf"bench {run_id} write \d+", json.dumps(item))):
                found[reason] = found.get(reason, 0) + 1
        if not (after := answer.get("next")):
            return found


def restarted(served, password, times):
    """Logs in and sets the kill switch without a pause while the server is told to end and begins again. Every session that was answered has to be there
    afterwards, and every stop in the ledger, once."""
    token, run_id, reasons = admitted(served), secrets.token_hex(4), []
    if served.call("GET", "/api/v1/settings", token)[1]["kill_switch"] is not None:
        sys.exit("the kill switch of this home is set already: that is somebody's, and is not lifted here")
    sessions, lock, stop, unlike = [], threading.Lock(), threading.Event(), []
    unanswered = 0

    def write():
        nonlocal unanswered
        while not stop.is_set():
            try:
                cookies = served.log_in(password)
            except (OSError, http.client.HTTPException):
                # It is not there right now, or ended before it answered: nothing was promised.
                with lock:
                    unanswered += 1
                time.sleep(0.02)
                continue
            except SystemExit as error:
                unlike.append(str(error))
                return
            with lock:
                if cookies:
                    sessions.append(cookies)
                else:
                    unlike.append("a right password was refused")

    writers = [threading.Thread(target=write, daemon=True) for _ in range(WRITERS)]
    writers.append(threading.Thread(target=stops, args=(served, token, run_id, stop, reasons, unlike), daemon=True))
    for writer in writers:
        writer.start()
    try:
        for number in range(times):
            time.sleep(WRITE_SECONDS)
            served.end()
            served.begin()
            told(f"restart {number + 1}: {len(sessions)} sessions so far")
        time.sleep(WRITE_SECONDS)
    finally:
        # Also where the server does not end or begin: nobody writes on for ever then.
        stop.set()
    for writer in writers:
        writer.join()
    # Once more, so that the last ones have to outlive an end too.
    served.end()
    served.begin()
    lost = sum(not served.is_in(cookies) for cookies in sessions)
    entries = written(served, token, run_id)
    # Whatever was promised is there; and nothing is there twice, promised or not.
    missing = sum(reason not in entries for reason in set(reasons))
    twice = sum(count != 1 for count in entries.values())
    lifted = run(served, "resume", "--reason", f"bench {run_id} is over")
    if lifted.returncode != 0:
        sys.exit(f"the kill switch stays set: {lifted.stderr}")
    writes = {"answered": len(set(reasons)), "missing": missing, "twice": twice}
    return {"restarts": times + 1, "answered": len(sessions), "unanswered": unanswered, "lost": lost, "writes": writes, "refused": unlike}


def missed(found):
    """The goals that are missed, a line each."""
    lines = []
    for row in found["load"][:GOAL_PATHS]:
        if row["requests_per_second"] < REQUESTS_PER_SECOND_MIN:
            lines.append(f"{row['path']}: {row['requests_per_second']:,.0f} a second, not {REQUESTS_PER_SECOND_MIN}")
        if row["p99_ms"] > P99_MS_MAX:
            lines.append(f"{row['path']}: p99 of {row['p99_ms']} ms, more than {P99_MS_MAX}")
    soak = found.get("soak")
    if soak and soak["last_mib"] > soak["first_mib"] * GROWTH_MAX:
        lines.append(f"memory grew from {soak['first_mib']} to {soak['last_mib']} MiB")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tenor")
    parser.add_argument("--home", required=True)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--soak", type=int, metavar="SECONDS")
    parser.add_argument("--restarts", type=int, metavar="N")
    parser.add_argument("--beside", action="store_true")
    parser.add_argument("--goals", action="store_true")
    arguments = parser.parse_args()
    with Served(arguments.tenor, arguments.home) as served:
        password, cookies = entered(served)
        found = {"load": measured(served, cookies, arguments), "rss_mib": round(served.rss_mib())}
        if arguments.beside:
            found["beside"] = beside(served, cookies, arguments)
        if arguments.soak:
            found["soak"] = soaked(served, cookies, arguments.soak, arguments.connections)
        if arguments.restarts:
            found["restarts"] = restarted(served, password, arguments.restarts)
    print(json.dumps(found, indent=2))
    if restarts := found.get("restarts"):
        if restarts["lost"] or restarts["refused"] or restarts["writes"]["missing"] or restarts["writes"]["twice"]:
            sys.exit("what was answered is gone, is there twice, or was refused: see above")
    if arguments.goals and (lines := missed(found)):
        sys.exit("\n".join(["goals are missed:", *lines]))


if __name__ == "__main__":
    main()
