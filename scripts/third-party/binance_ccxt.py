# ccxt against served Binance markets: spot, USDT-M, COIN-M, over plain and TLS connections.
import asyncio
import logging
import re
import sys

import ccxt.pro as ccxt

from common import Report, Server, compare_books, compare_trades

logging.disable(logging.CRITICAL)
PRODUCTS = [
    ("binance-spot", ccxt.binance, "BTC/USDT", "BTCUSDT", "/api/v3"),
    ("binance-usdm", ccxt.binanceusdm, "BTC/USDT:USDT", "BTCUSDT", "/fapi/v1"),
    ("binance-coinm", ccxt.binancecoinm, "BTC/USD:BTC", "BTCUSD_PERP", "/dapi/v1"),
]


def point_at(exchange, port, tls):
    """Every address of the client leads to this machine; paths stay."""
    s = "s" if tls else ""

    def move(x):
        if isinstance(x, dict):
            return {key: move(value) for key, value in x.items()}
        match = re.match(r"(https?|wss?)://[^/]+(.*)", x)
        kind = "http" if match[1].startswith("h") else "ws"
        return f"{kind}{s}://127.0.0.1:{port}{match[2]}"

    exchange.urls["api"] = move(exchange.urls["api"])
    if exchange.id == "binance":
        # Spot is told from futures by `/stream` in the address, see docs/venue-server.md.
        exchange.options["fetchMarkets"] = {"types": ["spot"]}
        exchange.urls["api"]["ws"]["spot"] = f"ws{s}://stream@127.0.0.1:{port}/ws"


async def watch(report, name, exchange, symbol, raw, server, prefix):
    seen = {}
    stop = asyncio.Event()

    async def trades():
        while not stop.is_set():
            for trade in await exchange.watch_trades(symbol):
                seen[trade["id"]] = (trade["price"], trade["amount"], trade["side"])

    async def book():
        while not stop.is_set():
            holder["book"] = await exchange.watch_order_book(symbol)

    holder = {}
    tasks = [asyncio.create_task(trades()), asyncio.create_task(book())]
    for _ in range(200):
        await asyncio.sleep(0.05)
        failed = [task for task in tasks if task.done()]
        if failed:
            report.check(f"{name} watch", False, repr(failed[0].exception()))
            return
        if len(seen) >= 10 and "book" in holder and holder["book"].get("nonce"):
            break
    server.pause()
    await asyncio.sleep(0.4)
    stop.set()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    book = exchange.orderbooks.get(symbol)
    if not book:
        report.check(f"{name} book", False, "none")
        return
    limit = 1000
    truth = server.get(f"{prefix}/depth?symbol={raw}&limit={limit}")
    # What changed last may not have been told yet when the market stopped.
    report.check(
        f"{name} sequence", book["nonce"] <= truth["lastUpdateId"],
        f"client {book['nonce']}, server {truth['lastUpdateId']}")
    if book["nonce"] == truth["lastUpdateId"]:
        compare_books(
            report, f"{name} book", (book["bids"], book["asks"]), (truth["bids"], truth["asks"]))
    else:
        report.check(f"{name} book", False, "not at the server's sequence")
    rows = server.get(f"{prefix}/trades?symbol={raw}&limit=1000")
    theirs = {
        str(row["id"]): (
            float(row["price"]), float(row["qty"]), "sell" if row["isBuyerMaker"] else "buy")
        for row in rows}
    compare_trades(report, f"{name} trades", seen, theirs)


async def check(report, venue, client, symbol, raw, prefix, tls):
    name = f"{venue} {'wss' if tls else 'ws'}"
    with Server(venue, "--synthetic", "--seed", "11", "--rate", "150", tls=True) as server:
        options = {"enableRateLimit": False, "cafile": server.ca}
        exchange = client(options)
        try:
            point_at(exchange, server.tls_port if tls else server.port, tls)
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
                watch(report, name, exchange, symbol, raw, server, prefix), timeout=30)
        except Exception as problem:  # noqa: BLE001: whatever it is, the check failed
            report.check(f"{name} client", False, repr(problem)[:300])
        finally:
            await exchange.close()


async def main():
    report = Report("ccxt against Binance")
    await asyncio.gather(*(
        check(report, *product, tls)
        for product in PRODUCTS for tls in (False, True)
        if not sys.argv[1:] or product[0] in sys.argv[1:]))
    report.finish()


asyncio.run(main())
