# ccxt against served MEXC markets: spot (protobuf pushes) and futures, over plain and TLS.
import asyncio
import logging
import sys

import ccxt.pro as ccxt

from common import Report, Server, compare_books
from pointing import point_at, watch_until

logging.disable(logging.CRITICAL)


def compare_sequence(report, name, client, server):
    """Trades as lists, oldest first: the client's stand in the server's without a hole. Neither list
    of the venue has ids that both sides know."""
    if len(client) < 3:
        return report.check(name, False, f"only {len(client)} trades")
    starts = [place for place, trade in enumerate(server) if trade == client[0]]
    found = any(server[place:place + len(client)] == client for place in starts)
    return report.check(name, found, f"{len(client)} trades" if found else
                        f"{client[:2]} and on are not among {len(server)} trades")


def spot_truth(server):
    book = server.get("/api/v3/depth?symbol=BTCUSDT&limit=5000")
    rows = server.get("/api/v3/trades?symbol=BTCUSDT&limit=1000")
    trades = [(row["time"], float(row["price"]), float(row["qty"]),
               "sell" if row["isBuyerMaker"] else "buy") for row in reversed(rows)]
    return book["lastUpdateId"], (book["bids"], book["asks"]), trades


def futures_truth(server):
    book = server.get("/api/v1/contract/depth/BTC_USDT?limit=1000")["data"]
    rows = server.get("/api/v1/contract/deals/BTC_USDT?limit=100")["data"]
    trades = [(row["t"], float(row["p"]), float(row["v"]), "buy" if row["T"] == 1 else "sell")
              for row in reversed(rows)]
    return book["version"], (book["bids"], book["asks"]), trades


async def watch(report, name, exchange, symbol, server, truth):
    seen = []

    def take(trades):
        seen.extend((t["timestamp"], t["price"], t["amount"], t["side"]) for t in trades)

    def enough():
        book = exchange.orderbooks.get(symbol)
        return len(seen) >= 10 and book is not None and book.get("nonce") is not None

    exchange.newUpdates = True
    if not await watch_until(report, name, exchange, symbol, take, enough, server):
        return
    book = exchange.orderbooks[symbol]
    version, levels, trades = truth(server)
    report.check(f"{name} sequence", book["nonce"] == version,
                 f"client {book['nonce']}, server {version}")
    # The client began with the venue's usual depth: deeper levels are unknown to it.
    compare_books(report, f"{name} book", (book["bids"], book["asks"]), levels, depth=20)
    compare_sequence(report, f"{name} trades", seen[-90:], trades)


async def check(report, tls):
    kind = "wss" if tls else "ws"
    arguments = ("--synthetic", "--seed", "13", "--rate", "150")
    for venue, symbol, truth in (("mexc-spot", "BTC/USDT", spot_truth),
                                 ("mexc-futures", "BTC/USDT:USDT", futures_truth)):
        name = f"{venue} {kind}"
        with Server(venue, *arguments, tls=True) as server:
            exchange = ccxt.mexc({"enableRateLimit": False, "cafile": server.ca})
            try:
                point_at(exchange, server, tls)
                markets = await exchange.load_markets()
                report.check(f"{name} load_markets", symbol in markets, f"{len(markets)} markets")
                book = await exchange.fetch_order_book(symbol, 5)
                report.check(f"{name} fetch_order_book",
                             len(book["bids"]) == 5 and book["bids"][0][0] < book["asks"][0][0],
                             f"{book['bids'][0]} {book['asks'][0]}")
                bars = await exchange.fetch_ohlcv(symbol, "1m", limit=20)
                report.check(f"{name} fetch_ohlcv",
                             len(bars) >= 20 and all(bar[3] <= bar[4] <= bar[2] for bar in bars),
                             f"{len(bars)} bars")
                await asyncio.wait_for(
                    watch(report, name, exchange, symbol, server, truth), timeout=40)
            except Exception as problem:  # noqa: BLE001: whatever it is, the check failed
                report.check(f"{name} client", False, repr(problem)[:300])
            finally:
                await exchange.close()


async def main():
    report = Report("ccxt against MEXC")
    for tls in (False, True):
        if not sys.argv[1:] or ("wss" if tls else "ws") in sys.argv[1:]:
            await check(report, tls)
    report.finish()


asyncio.run(main())
