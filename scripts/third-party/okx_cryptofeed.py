# cryptofeed against a served OKX, spot and swaps, over TLS: it speaks nothing else.
import os
import subprocess
import sys

from common import Report, Server, compare_books, compare_trades
from listening import watch

PRODUCTS = {"BTC-USDT-SWAP": "BTC-USDT-PERP", "BTC-USDT": "BTC-USDT"}


def run(raw):
    name = f"cryptofeed {raw}"
    report = Report(f"cryptofeed against OKX {raw}")
    arguments = ("--synthetic", "--seed", "23", "--rate", "150")
    with Server("okx", *arguments, tls=True) as server:
        os.environ["SSL_CERT_FILE"] = os.environ["REQUESTS_CA_BUNDLE"] = server.ca
        from cryptofeed.exchanges import OKX

        book, trades = watch(OKX, "wss://ws.okx.com:8443", PRODUCTS[raw], server)
        truth = server.get(f"/api/v5/market/books?instId={raw}&sz=400")["data"][0]
        if report.check(f"{name} book heard", book is not None):
            sides = [list(side.to_dict().items()) for side in (book.book.bids, book.book.asks)]
            compare_books(report, name, sides, (truth["bids"], truth["asks"]))
        rows = server.get(f"/api/v5/market/trades?instId={raw}&limit=500")["data"]
        theirs = [(row["tradeId"], (float(row["px"]), float(row["sz"]), row["side"]))
                  for row in reversed(rows)]
        compare_trades(report, name, trades.items(), theirs)
    report.finish()


if len(sys.argv) > 1:
    run(sys.argv[1])
# Addresses belong to the client's class: each market gets a process of its own.
codes = [subprocess.run([sys.executable, __file__, raw], check=False).returncode
         for raw in PRODUCTS]
sys.exit(max(codes))
