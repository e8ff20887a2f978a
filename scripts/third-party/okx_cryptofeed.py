# cryptofeed against a served OKX, spot and swaps, over TLS: it speaks nothing else.
import asyncio
import os
import subprocess
import sys

from common import Report, Server, compare_books, compare_trades

PRODUCTS = {"BTC-USDT-SWAP": "BTC-USDT-PERP", "BTC-USDT": "BTC-USDT"}


def run(raw):
    name = f"cryptofeed {raw}"
    report = Report(f"cryptofeed against OKX {raw}")
    arguments = ("--synthetic", "--seed", "23", "--rate", "150")
    with Server("okx", *arguments, tls=True) as server:
        os.environ["SSL_CERT_FILE"] = os.environ["REQUESTS_CA_BUNDLE"] = server.ca
        book, trades = watch(PRODUCTS[raw], server)
        truth = server.get(f"/api/v5/market/books?instId={raw}&sz=400")["data"][0]
        if report.check(f"{name} book heard", book is not None):
            sides = [list(side.to_dict().items()) for side in (book.book.bids, book.book.asks)]
            compare_books(report, f"{name} book", sides, (truth["bids"], truth["asks"]))
        rows = server.get(f"/api/v5/market/trades?instId={raw}&limit=500")["data"]
        theirs = {
            row["tradeId"]: (float(row["px"]), float(row["sz"]), row["side"])
            for row in reversed(rows)}
        compare_trades(report, f"{name} trades", trades, theirs)
    report.finish()


def watch(symbol, server):
    """The client's book and trades after the market has stopped."""
    from cryptofeed import FeedHandler
    from cryptofeed.defines import L2_BOOK, TRADES
    from cryptofeed.exchanges import OKX

    port = server.tls_port
    for endpoint in OKX.websocket_endpoints:
        endpoint.address = endpoint.address.replace(
            "wss://ws.okx.com:8443", f"wss://127.0.0.1:{port}")
    for endpoint in OKX.rest_endpoints:
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
    handler.add_feed(OKX(
        symbols=[symbol], channels=[L2_BOOK, TRADES],
        callbacks={L2_BOOK: on_book, TRADES: on_trade}))
    handler.run(start_loop=False, install_signal_handlers=False)
    loop.run_until_complete(wait())
    return holder["book"], trades


if len(sys.argv) > 1:
    run(sys.argv[1])
# Addresses belong to the client's class: each market gets a process of its own.
codes = [subprocess.run([sys.executable, __file__, raw], check=False).returncode
         for raw in PRODUCTS]
sys.exit(max(codes))
