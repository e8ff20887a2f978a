# ccxt against a served Hyperliquid: perpetuals, over plain and TLS connections.
import asyncio
import logging
import sys

import ccxt.pro as ccxt

from common import Report, Server, compare_books, compare_trades
from pointing import point_at, watch_until

logging.disable(logging.CRITICAL)
PRODUCTS = [("BTC/USDC:USDC", "BTC"), ("ETH/USDC:USDC", "ETH")]
SIDES = {"A": "sell", "B": "buy"}


async def watch(report, name, exchange, symbol, raw, server):
    seen = {}

    def take(trades):
        for trade in trades:
            seen[trade["id"]] = (trade["price"], trade["amount"], trade["side"])

    if not await watch_until(report, name, exchange, symbol, take, lambda: len(seen) >= 10, server):
        return
    book = exchange.orderbooks[symbol]
    truth = server.post("/info", {"type": "l2Book", "coin": raw})
    sides = [[(level["px"], level["sz"]) for level in side] for side in truth["levels"]]
    compare_books(report, f"{name} book", (book["bids"], book["asks"]), sides)
    rows = server.post("/info", {"type": "recentTrades", "coin": raw})
    theirs = {
        str(row["tid"]): (float(row["px"]), float(row["sz"]), SIDES[row["side"]])
        for row in reversed(rows)}
    # The venue lists its last 100 trades only.
    seen = {key: value for key, value in seen.items() if key in theirs}
    compare_trades(report, f"{name} trades", seen, theirs)


async def check(report, symbol, raw, tls):
    name = f"{raw} {'wss' if tls else 'ws'}"
    with Server("hyperliquid", "--synthetic", "--seed", "22", "--rate", "100", tls=True) as server:
        exchange = ccxt.hyperliquid({"enableRateLimit": False, "cafile": server.ca})
        try:
            point_at(exchange, server, tls)
            markets = await exchange.load_markets()
            report.check(f"{name} load_markets", symbol in markets, f"{len(markets)} markets")
            book = await exchange.fetch_order_book(symbol, 5)
            report.check(
                f"{name} fetch_order_book",
                len(book["bids"]) >= 5 and book["bids"][0][0] < book["asks"][0][0],
                f"{book['bids'][0]} {book['asks'][0]}")
            bars = await exchange.fetch_ohlcv(symbol, "1m", limit=20)
            report.check(
                f"{name} fetch_ohlcv",
                len(bars) >= 19 and all(bar[3] <= bar[4] <= bar[2] for bar in bars),
                f"{len(bars)} bars")
            await asyncio.wait_for(
                watch(report, name, exchange, symbol, raw, server), timeout=30)
        except Exception as problem:  # noqa: BLE001: whatever it is, the check failed
            report.check(f"{name} client", False, repr(problem)[:300])
        finally:
            await exchange.close()


async def main():
    report = Report("ccxt against Hyperliquid")
    await asyncio.gather(*(
        check(report, *product, tls)
        for product in PRODUCTS for tls in (False, True)
        if not sys.argv[1:] or product[1] in sys.argv[1:]))
    report.finish()


asyncio.run(main())
