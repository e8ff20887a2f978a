# Starts venue servers for checks with third-party clients, and compares what those clients saw.
#
# A check looks like this:
#
#     with Server("okx", "--synthetic", "--seed", "7", tls=True) as server:
#         ...run the client against server.port or server.tls_port...
#         server.pause()
#         compare_books(report, "okx book", client_book, server.book("BTC-USDT"))
#     report.finish()
#
# The server listens on free ports of this machine and is stopped by its process id.
import atexit
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from decimal import Decimal

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def binary():
    """The built program: of MARTLET, else release, else debug."""
    given = os.environ.get("MARTLET")
    if given:
        return given
    for kind in ("release", "debug"):
        path = os.path.join(ROOT, ".build", kind, "martlet")
        if os.access(path, os.X_OK):
            return path
    sys.exit("third-party: build martlet first: make build")


class Server:
    """One `martlet venue serve`, with its ports, its control and its certificate."""

    def __init__(self, venue, *arguments, tls=False):
        self.venue = venue
        self.folder = tempfile.mkdtemp(prefix="martlet-third-party-")
        self.ca = os.path.join(self.folder, "ca.pem")
        command = [binary(), "venue", "serve", venue, "--port", "0", "--print-port", "--control"]
        command += list(arguments)
        if tls:
            command += ["--tls", "--ca-out", self.ca]
        self.log = open(os.path.join(self.folder, "log"), "w+")
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=self.log, text=True)
        # A script that breaks leaves no server behind.
        atexit.register(self.process.kill)
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            self.log.seek(0)
            sys.exit(f"third-party: {venue} did not start: {self.log.read()}")
        facts = json.loads(line)
        self.port = facts["port"]
        self.tls_port = facts.get("tlsPort")
        self.token = facts["token"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Ends the server; it has to end well."""
        if self.process.poll() is None:
            self.process.terminate()
        code = self.process.wait(timeout=20)
        self.process.stdout.close()
        self.log.close()
        for name in os.listdir(self.folder):
            os.unlink(os.path.join(self.folder, name))
        os.rmdir(self.folder)
        if code != 0:
            sys.exit(f"third-party: the server of {self.venue} ended with {code}")

    def control(self, word, body=None):
        """Pause, resume, state or fault."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/_martlet/{word}", method="POST",
            data=json.dumps(body or {}).encode(),
            headers={"Authorization": "Bearer " + self.token})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def pause(self):
        """Stops the market: books stay as they are from now on."""
        return self.control("pause")

    def resume(self):
        return self.control("resume")

    def get(self, path):
        """A REST answer as JSON, numbers as decimals."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=20) as answer:
            return json.loads(answer.read(), parse_float=Decimal)

    def post(self, path, body):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", method="POST", data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read(), parse_float=Decimal)


class Report:
    """Rows of checks: printed as a table at the end, which decides the exit code."""

    def __init__(self, title):
        self.title = title
        self.rows = []
        self.started = time.monotonic()

    def check(self, name, passed, detail=""):
        self.rows.append((name, bool(passed), str(detail)))
        return passed

    def finish(self):
        """Prints the table and leaves with 0 where everything passed, else with 1."""
        width = max([len(name) for name, _, _ in self.rows] + [10])
        print(f"{self.title} ({time.monotonic() - self.started:.1f} s)")
        for name, passed, detail in self.rows:
            print(f"  {'ok  ' if passed else 'FAIL'} {name:{width}} {detail}")
        failed = sum(not passed for _, passed, _ in self.rows)
        sys.stdout.flush()
        sys.stderr.flush()
        # Clients leave threads and tasks behind that nobody waits for.
        os._exit(1 if failed or not self.rows else 0)


def levels(side):
    """A side of a book as {price: quantity} of floats; zero quantities left out."""
    return {float(level[0]): float(level[1]) for level in side if float(level[1]) != 0}


def compare_books(report, name, client, server, depth=None):
    """Two books as (bids, asks) of levels: equal, or equal in their best `depth` levels."""
    for word, ours, theirs, sign in (
            ("bids", client[0], server[0], -1), ("asks", client[1], server[1], 1)):
        ours, theirs = levels(ours), levels(theirs)
        if depth:
            ours, theirs = (
                dict(sorted(side.items(), key=lambda item: sign * item[0])[:depth])
                for side in (ours, theirs))
        wrong = [price for price in set(ours) | set(theirs) if ours.get(price) != theirs.get(price)]
        report.check(
            f"{name} {word}", not wrong and len(ours) > 0,
            f"{len(ours)} levels" if not wrong else
            f"{len(wrong)} of {len(theirs)} differ, such as {sorted(wrong)[:3]}")


def compare_trades(report, name, client, server, at_least=3):
    """Trades as {id: (price, quantity, side)}: every one the client saw is one of the server's, and
    between its first and last none is missing (ids in the server's order)."""
    if len(client) < at_least:
        return report.check(name, False, f"only {len(client)} trades")
    order = list(server)
    unknown = [key for key in client if key not in server]
    places = [order.index(key) for key in client if key in server]
    missing = []
    if places:
        missing = [key for key in order[min(places):max(places) + 1] if key not in client]
    wrong = [key for key in client if key in server and client[key] != server[key]]
    return report.check(
        name, not unknown and not missing and not wrong,
        f"{len(client)} trades" if not (unknown or missing or wrong) else
        f"unknown {unknown[:3]}, missing {missing[:3]}, different {wrong[:3]}")
