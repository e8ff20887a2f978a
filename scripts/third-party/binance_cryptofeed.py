# cryptofeed against served Binance markets over TLS: spot, COIN-M, and USDT-M on its legacy routes.
import asyncio
import logging
import os
import shutil
import tempfile

from common import Report, Server, compare_books, compare_trades

logging.disable(logging.CRITICAL)
report = Report("cryptofeed against Binance")
arguments = ["--synthetic", "--seed", "12", "--rate", "150"]
servers = {
    "binance-spot": Server("binance-spot", *arguments, tls=True),
    "binance-coinm": Server("binance-coinm", *arguments, tls=True),
    "binance-usdm": Server("binance-usdm", *arguments, "--legacy-routes", tls=True),
}
# The client reads these when it makes its connections: one bundle for all servers.
bundle = tempfile.NamedTemporaryFile("w", suffix=".pem")
for server in servers.values():
    with open(server.ca) as file:
        bundle.write(file.read())
bundle.flush()
os.environ["SSL_CERT_FILE"] = os.environ["REQUESTS_CA_BUNDLE"] = bundle.name
# It keeps its instruments in a file of the home folder otherwise.
home = os.environ["HOME"] = tempfile.mkdtemp(prefix="martlet-third-party-")

from cryptofeed import FeedHandler  # noqa: E402
from cryptofeed.defines import L2_BOOK, TRADES  # noqa: E402
from cryptofeed.exchanges import Binance, BinanceDelivery, BinanceFutures  # noqa: E402

PRODUCTS = [
    ("binance-spot", Binance, "BTC-USDT", "BTCUSDT", "/api/v3"),
    ("binance-coinm", BinanceDelivery, "BTC-USD-PERP", "BTCUSD_PERP", "/dapi/v1"),
    ("binance-usdm", BinanceFutures, "BTC-USDT-PERP", "BTCUSDT", "/fapi/v1"),
]
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
handler = FeedHandler(config={"uvloop": False, "log": {"disabled": True}})
trades = {venue: {} for venue in servers}
books = {}


def listeners(venue):
    async def on_trade(trade, receipt):
        trades[venue][trade.id] = (float(trade.price), float(trade.amount), trade.side)

    async def on_book(book, receipt):
        books[venue] = (
            book.sequence_number, book.book.bids.to_dict(), book.book.asks.to_dict())

    return {TRADES: on_trade, L2_BOOK: on_book}


for venue, feed, symbol, _, _ in PRODUCTS:
    for endpoint in feed.websocket_endpoints:
        host = "/".join(endpoint.address.split("/")[:3])
        endpoint.address = endpoint.address.replace(
            host, f"wss://127.0.0.1:{servers[venue].tls_port}")
    for endpoint in feed.rest_endpoints:
        endpoint.address = f"https://127.0.0.1:{servers[venue].tls_port}"
    handler.add_feed(feed(
        symbols=[symbol], channels=[TRADES, L2_BOOK], callbacks=listeners(venue)))


async def main():
    for _ in range(300):
        await asyncio.sleep(0.05)
        if all(len(trades[venue]) >= 10 and venue in books for venue in servers):
            break
    for server in servers.values():
        server.pause()
    await asyncio.sleep(0.5)


handler.run(start_loop=False, install_signal_handlers=False)
loop.run_until_complete(main())
for venue, _, _, raw, prefix in PRODUCTS:
    server = servers[venue]
    if venue not in books:
        report.check(f"{venue} book", False, "none")
    else:
        sequence, bids, asks = books[venue]
        truth = server.get(f"{prefix}/depth?symbol={raw}&limit=1000")
        report.check(
            f"{venue} sequence", sequence == truth["lastUpdateId"],
            f"client {sequence}, server {truth['lastUpdateId']}")
        compare_books(
            report, venue, (bids.items(), asks.items()), (truth["bids"], truth["asks"]))
    rows = server.get(f"{prefix}/aggTrades?symbol={raw}&limit=1000")
    compare_trades(report, venue, trades[venue].items(), [
        (str(row["a"]), (float(row["p"]), float(row["q"]), "sell" if row["m"] else "buy"))
        for row in rows])
for server in servers.values():
    server.stop()
shutil.rmtree(home)
report.finish()
