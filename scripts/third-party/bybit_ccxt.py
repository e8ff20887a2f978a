# ccxt against served Bybit markets: spot, linear and inverse, over plain and TLS connections.
import asyncio
import logging
import sys

import ccxt.pro as ccxt

from common import Report, Server, compare_books, compare_trades
from pointing import point_at, watch_until

logging.disable(logging.CRITICAL)
PRODUCTS = [
    ("bybit-spot", "BTC/USDT", "BTCUSDT"),
    ("bybit-linear", "BTC/USDT:USDT", "BTCUSDT"),
    ("bybit-inverse", "BTC/USD:BTC", "BTCUSD"),
]
# Levels a side of the topic that ccxt takes.
DEPTH = 50


async def watch(report, name, exchange, symbol, raw, category, server):
    seen = {}

    def take(trades):
        for trade in trades:
            seen[trade["id"]] = (trade["price"], trade["amount"], trade["side"])

    if not await watch_until(report, name, exchange, symbol, take, lambda: len(seen) >= 10, server):
        return
    book = exchange.orderbooks[symbol]
    query = f"category={category}&symbol={raw}&limit=1000"
    # The numbers of the topics differ by depth; what they say of the best 50 levels does not.
    truth = server.get(f"/v5/market/orderbook?{query}")["result"]
    compare_books(
        report, f"{name} book", (book["bids"], book["asks"]), (truth["b"], truth["a"]), DEPTH)
    rows = server.get(f"/v5/market/recent-trade?{query}")["result"]["list"]
    theirs = {
        row["execId"]: (float(row["price"]), float(row["size"]), row["side"].lower())
        for row in reversed(rows)}
    # Spot lists its last 60 trades only.
    seen = {key: value for key, value in seen.items() if category != "spot" or key in theirs}
    compare_trades(report, f"{name} trades", seen, theirs)


async def check(report, venue, symbol, raw, tls):
    name = f"{venue} {'wss' if tls else 'ws'}"
    category = venue.split("-")[1]
    with Server(venue, "--synthetic", "--seed", "12", "--rate", "150", tls=True) as server:
        exchange = ccxt.bybit({"enableRateLimit": False, "cafile": server.ca})
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
                watch(report, name, exchange, symbol, raw, category, server), timeout=30)
        except Exception as problem:  # noqa: BLE001: whatever it is, the check failed
            report.check(f"{name} client", False, repr(problem)[:300])
        finally:
            await exchange.close()


async def main():
    report = Report("ccxt against Bybit")
    await asyncio.gather(*(
        check(report, *product, tls)
        for product in PRODUCTS for tls in (False, True)
        if not sys.argv[1:] or product[0] in sys.argv[1:]))
    report.finish()


asyncio.run(main())
