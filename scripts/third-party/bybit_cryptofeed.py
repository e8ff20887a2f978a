# cryptofeed against served Bybit markets, linear and spot, over TLS: it speaks nothing else.
import os
import subprocess
import sys

from common import Report, Server, compare_books, compare_trades
from listening import watch

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
        from cryptofeed.exchanges import Bybit

        book, trades = watch(Bybit, "wss://stream.bybit.com", symbol, server)
        query = f"category={category}&symbol={raw}&limit=1000"
        truth = server.get(f"/v5/market/orderbook?{query}")["result"]
        if report.check(f"{name} book heard", book is not None):
            sides = [list(side.to_dict().items()) for side in (book.book.bids, book.book.asks)]
            compare_books(report, name, sides, (truth["b"], truth["a"]), 200)
        rows = server.get(f"/v5/market/recent-trade?{query}")["result"]["list"]
        theirs = [(row["execId"], (float(row["price"]), float(row["size"]), row["side"].lower()))
                  for row in reversed(rows)]
        # Spot lists its last 60 trades only.
        compare_trades(report, name, trades.items(), theirs, complete=category != "spot")
    report.finish()


if len(sys.argv) > 1:
    run(sys.argv[1])
# Addresses belong to the client's class: each market gets a process of its own.
codes = [subprocess.run([sys.executable, __file__, venue], check=False).returncode
         for venue in PRODUCTS]
sys.exit(max(codes))
