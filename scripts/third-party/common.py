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


def best(side, sign, depth):
    """The best `depth` levels of a side (all without one); sign is -1 for bids."""
    return dict(sorted(levels(side).items(), key=lambda item: sign * item[0])[:depth])


def book_differences(client, server, depth=None):
    """Prices at which two books (bids, asks) differ, in their best `depth` levels."""
    found = []
    for ours, theirs, sign in zip(client, server, (-1, 1)):
        ours, theirs = best(ours, sign, depth), best(theirs, sign, depth)
        found += [price for price in set(ours) | set(theirs) if ours.get(price) != theirs.get(price)]
    return sorted(found)


def trade_differences(client, server, complete=True):
    """What is wrong with the trades that a client saw.

    Both are lists of (id, facts), oldest first. From the client's first one on, its trades have to
    be the server's: none missing, none unknown, none different, up to the server's last. A server
    that lists its newest trades only (`complete=False`) may have forgotten the client's first ones.
    """
    client = list(client)
    known = {key for key, _ in server}
    if not complete:
        while client and client[0][0] not in known:
            client.pop(0)
    if not client:
        return ["none of the client's trades is known"]
    starts = [place for place, (key, _) in enumerate(server) if key == client[0][0]]
    if not starts:
        return [f"unknown {client[0]}"]
    wanted = server[starts[0]:]
    wrong = [f"{ours} instead of {theirs}" for ours, theirs in zip(client, wanted)
             if ours != theirs]
    if len(client) != len(wanted):
        wrong.append(f"{len(client)} trades instead of {len(wanted)}")
    return wrong


def compare_books(report, name, client, server, depth=None):
    """Two books as (bids, asks) of levels: equal, or equal in their best `depth` levels. Says too
    whether the comparison would have noticed a changed level and a missing one."""
    wrong = book_differences(client, server, depth)
    sizes = [len(best(side, sign, depth)) for side, sign in zip(client, (-1, 1))]
    report.check(f"{name} book", not wrong and min(sizes) > 0,
                 f"{sizes[0]} bids, {sizes[1]} asks" if not wrong else
                 f"{len(wrong)} levels differ, such as {wrong[:3]}")
    if not wrong and min(sizes) > 0:
        for place in (0, 1):
            sides = [list(levels(side).items()) for side in client]
            sides[place].sort(key=lambda item: (-item[0], item[0])[place])
            price, quantity = sides[place][0]
            for spoiled in ([(price, quantity * 1.01)] + sides[place][1:], sides[place][1:]):
                books = [spoiled if side == place else sides[side] for side in (0, 1)]
                if not book_differences(books, server, depth):
                    report.check(f"{name} book", False, "a spoiled book passes too")


def compare_trades(report, name, client, server, complete=True, at_least=3):
    """Trades as lists of (id, facts), oldest first; see trade_differences. Says too whether the
    comparison would have noticed a changed, a missing and a repeated trade."""
    client = list(client)
    if len(client) < at_least:
        return report.check(f"{name} trades", False, f"only {len(client)} trades")
    wrong = trade_differences(client, server, complete)
    report.check(f"{name} trades", not wrong, f"{len(client)} trades" if not wrong else
                 "; ".join(wrong[:3]))
    if not wrong:
        place = len(client) - 2
        key, (price, *others) = client[place]
        changed = client[:place] + [(key, (price * 1.01, *others))] + client[place + 1:]
        missing = client[:place] + client[place + 1:]
        twice = client[:place] + [client[place]] + client[place:]
        for spoiled in (changed, missing, twice, client[:-1]):
            if not trade_differences(spoiled, server, complete):
                report.check(f"{name} trades", False, "spoiled trades pass too")
    return not wrong
