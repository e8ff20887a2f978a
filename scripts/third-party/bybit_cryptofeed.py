# cryptofeed against served Bybit markets, linear and spot, over TLS: it speaks nothing else.
import asyncio
import os
import subprocess
import sys

from common import Report, Server, compare_books, compare_trades

PRODUCTS = {
    "bybit-linear": ("BTC-USDT-PERP", "BTCUSDT"),
    "bybit-spot": ("BTC-USDT", "BTCUSDT"),
}


def run(venue):
    name = f"cryptofeed {venue}"
    symbol, raw = PRODUCTS[venue]
    category = venue.split("-")[1]
    report = Report(f"cryptofeed against {venue}")
    arguments = ("--synthetic", "--seed", "14", "--rate", "150")
    with Server(venue, *arguments, tls=True) as server:
        os.environ["SSL_CERT_FILE"] = os.environ["REQUESTS_CA_BUNDLE"] = server.ca
        book, trades = watch(symbol, server)
        query = f"category={category}&symbol={raw}&limit=1000"
        truth = server.get(f"/v5/market/orderbook?{query}")["result"]
        if report.check(f"{name} book heard", book is not None):
            sides = [list(side.to_dict().items()) for side in (book.book.bids, book.book.asks)]
            compare_books(report, f"{name} book", sides, (truth["b"], truth["a"]), 200)
        rows = server.get(f"/v5/market/recent-trade?{query}")["result"]["list"]
        theirs = {
            row["execId"]: (float(row["price"]), float(row["size"]), row["side"].lower())
            for row in reversed(rows)}
        # Spot lists its last 60 trades only.
        seen = {key: value for key, value in trades.items()
                if category != "spot" or key in theirs}
        compare_trades(report, f"{name} trades", seen, theirs)
    report.finish()


def watch(symbol, server):
    """The client's book and trades after the market has stopped."""
    from cryptofeed import FeedHandler
    from cryptofeed.defines import L2_BOOK, TRADES
    from cryptofeed.exchanges import Bybit

    port = server.tls_port
    for endpoint in Bybit.websocket_endpoints:
        endpoint.address = endpoint.address.replace(
            "wss://stream.bybit.com", f"wss://127.0.0.1:{port}")
    for endpoint in Bybit.rest_endpoints:
        endpoint.address = f"https://127.0.0.1:{port}"
    holder = {"book": None}
    trades = {}

    async def on_book(book, _):
        holder["book"] = book

    async def on_trade(trade, _):
        trades[trade.id] = (float(trade.price), float(trade.amount), trade.side)

    async def wait():
        for _ in range(300):
            await asyncio.sleep(0.05)
            if holder["book"] is not None and len(trades) >= 10:
                break
        server.pause()
        await asyncio.sleep(0.5)

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    handler = FeedHandler(config={"uvloop": False, "log": {"disabled": True}})
    handler.add_feed(Bybit(
        symbols=[symbol], channels=[L2_BOOK, TRADES],
        callbacks={L2_BOOK: on_book, TRADES: on_trade}))
    handler.run(start_loop=False, install_signal_handlers=False)
    loop.run_until_complete(wait())
    return holder["book"], trades


if len(sys.argv) > 1:
    run(sys.argv[1])
# Addresses belong to the client's class: each market gets a process of its own.
codes = [subprocess.run([sys.executable, __file__, venue], check=False).returncode
         for venue in PRODUCTS]
sys.exit(max(codes))
