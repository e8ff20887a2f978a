# ccxt against a served Alpaca crypto market, over plain and TLS connections.
import asyncio
import logging

import ccxt.pro as ccxt

from common import Report, Server, compare_books, compare_trades
from pointing import point_at, watch_until

logging.disable(logging.CRITICAL)
SYMBOL = "BTC/USD"


async def watch(report, name, exchange, server):
    seen = {}

    def take(trades):
        for trade in trades:
            seen[str(trade["id"])] = (trade["price"], trade["amount"], trade["side"])

    if not await watch_until(
            report, name, exchange, SYMBOL, take, lambda: len(seen) >= 10, server):
        return
    book = exchange.orderbooks[SYMBOL]
    path = "/v1beta3/crypto/us/"
    truth = server.get(f"{path}latest/orderbooks?symbols={SYMBOL}")["orderbooks"][SYMBOL]
    sides = [[(level["p"], level["s"]) for level in truth[side]] for side in ("b", "a")]
    compare_books(report, f"{name} book", (book["bids"], book["asks"]), sides)
    rows = server.get(f"{path}trades?symbols={SYMBOL}&limit=10000")["trades"][SYMBOL]
    theirs = {
        str(row["i"]): (float(row["p"]), float(row["s"]), {"B": "buy", "S": "sell"}[row["tks"]])
        for row in rows}
    compare_trades(report, f"{name} trades", seen, theirs)


async def check(report, tls):
    name = f"alpaca-crypto {'wss' if tls else 'ws'}"
    arguments = ("--synthetic", "--seed", "13", "--rate", "150")
    with Server("alpaca-crypto", *arguments, tls=True) as server:
        exchange = ccxt.alpaca({
            "apiKey": "key", "secret": "secret", "enableRateLimit": False, "cafile": server.ca})
        try:
            point_at(exchange, server, tls)
            markets = await exchange.load_markets()
            report.check(f"{name} load_markets", SYMBOL in markets, f"{len(markets)} markets")
            book = await exchange.fetch_order_book(SYMBOL, 5)
            report.check(
                f"{name} fetch_order_book", book["bids"][0][0] < book["asks"][0][0],
                f"{book['bids'][0]} {book['asks'][0]}")
            bars = await exchange.fetch_ohlcv(SYMBOL, "1m", limit=20)
            report.check(
                f"{name} fetch_ohlcv",
                len(bars) == 20 and all(bar[3] <= bar[4] <= bar[2] for bar in bars),
                f"{len(bars)} bars")
            await asyncio.wait_for(watch(report, name, exchange, server), timeout=30)
        except Exception as problem:  # noqa: BLE001: whatever it is, the check failed
            report.check(f"{name} client", False, repr(problem)[:300])
        finally:
            await exchange.close()


async def main():
    report = Report("ccxt against Alpaca crypto")
    await asyncio.gather(check(report, False), check(report, True))
    report.finish()


asyncio.run(main())
