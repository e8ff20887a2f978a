# One market of a served venue checked with ccxt: the same calls and comparisons for every venue.
import asyncio
import logging
import re
import sys
from typing import NamedTuple

from common import Report, Server, book_differences, compare_books, compare_trades

logging.disable(logging.CRITICAL)


class Truth(NamedTuple):
    """What the server says by REST while its market stands still."""

    sequence: object  # the book's number; None where a venue has none
    book: tuple  # (bids, asks) of (price, quantity)
    trades: list  # (id, (price, amount, side)), oldest first
    complete: bool = True  # False: only the newest trades are listed


class Market:
    """A market to check: `client` is ccxt's class, `truth(server)` gives a Truth."""

    def __init__(self, venue, client, symbol, truth, *, depth=None, seed="11", rate="150",
                 settings=None, prepare=None, trade=None):
        self.venue, self.client, self.symbol, self.truth = venue, client, symbol, truth
        self.depth, self.seed, self.rate = depth, seed, rate
        self.settings, self.prepare = settings or {}, prepare
        self.trade = trade or (
            lambda found: (found["id"], (found["price"], found["amount"], found["side"])))


def point_at(exchange, server, tls):
    """Every address of the client leads to the server; paths stay."""
    s = "s" if tls else ""
    port = server.tls_port if tls else server.port

    def move(x):
        if isinstance(x, dict):
            return {key: move(value) for key, value in x.items()}
        match = re.match(r"(https?|wss?)://[^/]+(.*)", x)
        kind = "http" if match[1].startswith("h") else "ws"
        return f"{kind}{s}://127.0.0.1:{port}{match[2]}"

    exchange.urls["api"] = move(exchange.urls["api"])


async def watch(report, name, market, exchange, server):
    """Watches trades and the book, stops the market, and compares what both sides have then."""
    seen = []

    async def trades():
        while True:
            seen.extend(market.trade(found) for found in await exchange.watch_trades(market.symbol))

    async def book():
        while True:
            await exchange.watch_order_book(market.symbol)

    exchange.newUpdates = True
    tasks = [asyncio.create_task(trades()), asyncio.create_task(book())]
    has_number = (await asyncio.to_thread(market.truth, server)).sequence is not None

    def is_ready():
        found = exchange.orderbooks.get(market.symbol)
        return len(seen) >= 10 and found and (found.get("nonce") is not None or not has_number)

    for _ in range(600):
        await asyncio.sleep(0.05)
        failed = [task for task in tasks if task.done()]
        if failed:
            report.check(f"{name} watch", False, repr(failed[0].exception()))
            return
        if is_ready():
            break
    await asyncio.to_thread(server.pause)
    truth = await asyncio.to_thread(market.truth, server)

    def has_heard_all():
        found = exchange.orderbooks.get(market.symbol)
        return (found and seen and truth.trades and seen[-1][0] == truth.trades[-1][0]
                and (truth.sequence is None or found["nonce"] == truth.sequence)
                and not book_differences((found["bids"], found["asks"]), truth.book, market.depth))

    # The market stands still: what is on its way arrives, however busy this machine is.
    for _ in range(100):
        if has_heard_all():
            break
        await asyncio.sleep(0.05)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    found = exchange.orderbooks.get(market.symbol)
    if not report.check(f"{name} watch", found and seen, "trades and book heard"):
        return
    if truth.sequence is not None:
        report.check(f"{name} sequence", found["nonce"] == truth.sequence,
                     f"client {found['nonce']}, server {truth.sequence}")
    compare_books(report, name, (found["bids"], found["asks"]), truth.book, market.depth)
    compare_trades(report, name, seen, truth.trades, truth.complete)


async def check(report, market, tls):
    """All calls on one market, over plain or TLS connections."""
    name = f"{market.venue} {market.symbol} {'wss' if tls else 'ws'}"
    arguments = ("--synthetic", "--seed", market.seed, "--rate", market.rate)
    with Server(market.venue, *arguments, tls=True) as server:
        exchange = market.client(
            {"enableRateLimit": False, "cafile": server.ca} | market.settings)
        try:
            point_at(exchange, server, tls)
            if market.prepare:
                market.prepare(exchange, server, tls)
            markets = await exchange.load_markets()
            report.check(f"{name} load_markets", market.symbol in markets, f"{len(markets)} markets")
            book = await exchange.fetch_order_book(market.symbol, 5)
            report.check(f"{name} fetch_order_book",
                         len(book["bids"]) >= 5 and book["bids"][0][0] < book["asks"][0][0],
                         f"{book['bids'][0]} {book['asks'][0]}")
            bars = await exchange.fetch_ohlcv(market.symbol, "1m", limit=20)
            report.check(f"{name} fetch_ohlcv",
                         len(bars) >= 19 and all(bar[3] <= bar[4] <= bar[2] for bar in bars),
                         f"{len(bars)} bars")
            await asyncio.wait_for(watch(report, name, market, exchange, server), timeout=60)
        except Exception as problem:  # noqa: BLE001: whatever it is, the check failed
            report.check(f"{name} client", False, repr(problem)[:300])
        finally:
            await exchange.close()


def run(title, markets):
    """Checks all markets over both kinds of connections, or those of the venue or symbol named."""
    chosen = [market for market in markets
              if not sys.argv[1:] or {market.venue, market.symbol} & set(sys.argv[1:])]
    report = Report(title)

    async def main():
        for market in chosen:
            await asyncio.gather(check(report, market, False), check(report, market, True))

    asyncio.run(main())
    report.finish()
