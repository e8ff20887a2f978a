# ccxt against a served OKX: spot, linear and inverse swaps, over plain and TLS connections.
import asyncio
import logging
import sys

import ccxt.pro as ccxt

from common import Report, Server, compare_books, compare_trades
from pointing import point_at, watch_until

logging.disable(logging.CRITICAL)
PRODUCTS = [
    ("BTC/USDT", "BTC-USDT"),
    ("BTC/USDT:USDT", "BTC-USDT-SWAP"),
    ("BTC/USD:BTC", "BTC-USD-SWAP"),
]


async def watch(report, name, exchange, symbol, raw, server):
    seen = {}

    def take(trades):
        for trade in trades:
            seen[trade["id"]] = (trade["price"], float(trade["info"]["sz"]), trade["side"])

    if not await watch_until(report, name, exchange, symbol, take, lambda: len(seen) >= 10, server):
        return
    book = exchange.orderbooks[symbol]
    truth = server.get(f"/api/v5/market/books?instId={raw}&sz=400")["data"][0]
    report.check(
        f"{name} sequence", book["nonce"] == truth["seqId"],
        f"client {book['nonce']}, server {truth['seqId']}")
    compare_books(
        report, f"{name} book", (book["bids"], book["asks"]), (truth["bids"], truth["asks"]))
    rows = server.get(f"/api/v5/market/trades?instId={raw}&limit=500")["data"]
    theirs = {
        row["tradeId"]: (float(row["px"]), float(row["sz"]), row["side"]) for row in reversed(rows)}
    compare_trades(report, f"{name} trades", seen, theirs)


async def check(report, symbol, raw, tls):
    name = f"{raw} {'wss' if tls else 'ws'}"
    with Server("okx", "--synthetic", "--seed", "21", "--rate", "150", tls=True) as server:
        exchange = ccxt.okx({"enableRateLimit": False, "cafile": server.ca})
        try:
            point_at(exchange, server, tls)
            markets = await exchange.load_markets()
            report.check(f"{name} load_markets", symbol in markets, f"{len(markets)} markets")
            book = await exchange.fetch_order_book(symbol, 5)
            report.check(
                f"{name} fetch_order_book",
                len(book["bids"]) == 5 and book["bids"][0][0] < book["asks"][0][0],
                f"{book['bids'][0]} {book['asks'][0]}")
            bars = await exchange.fetch_ohlcv(symbol, "1m", limit=20)
            report.check(
                f"{name} fetch_ohlcv",
                len(bars) == 20 and all(bar[3] <= bar[4] <= bar[2] for bar in bars),
                f"{len(bars)} bars")
            await asyncio.wait_for(
                watch(report, name, exchange, symbol, raw, server), timeout=30)
        except Exception as problem:  # noqa: BLE001: whatever it is, the check failed
            report.check(f"{name} client", False, repr(problem)[:300])
        finally:
            await exchange.close()


async def main():
    report = Report("ccxt against OKX")
    await asyncio.gather(*(
        check(report, *product, tls)
        for product in PRODUCTS for tls in (False, True)
        if not sys.argv[1:] or product[1] in sys.argv[1:]))
    report.finish()


asyncio.run(main())
