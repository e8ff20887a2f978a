"""Binance USDT-M messages to cryptofeed's objects and order book.  normalise_cryptofeed.py CAPTURE.gz SYMBOL BASE QUOTE

Text in, callbacks out; files are read before the clock starts. Trades are left out: this handler
takes only aggregated ones. No network: exchange rules and the snapshot are handed in.
"""
import asyncio
import gzip
import json
import logging
import sys
import time

from cryptofeed.connection import HTTPAsyncConn, HTTPSync
from cryptofeed.exchanges import BinanceFutures
from cryptofeed.symbols import Symbols

from turns import serve

logging.disable(logging.CRITICAL)


def messages(capture):
    """Stream messages as (text, receive seconds), and the first REST snapshot."""
    stream, snapshot = [], None
    with gzip.open(capture, "rt") as lines:
        for line in lines:
            stamp, text = line.split(" ", 1)
            if text.startswith('{"stream"'):
                if "@trade" not in text[:64]:
                    stream.append((text, int(stamp) / 1e9))
            elif snapshot is None:
                snapshot = text
    return stream, snapshot


class Socket:
    """Stands in for the connection that the handler is called with."""
    conn_type, uuid = "wss", "1"

    async def write(self, *_, **__):
        """Takes subscriptions and does nothing with them."""


async def play(stream, snapshot, rules, symbol):
    """Seconds that the handler takes for all messages, and the callbacks it made."""
    Symbols.clear()
    HTTPSync.read = lambda *_, **__: rules

    async def read(*_, **__):
        return snapshot

    HTTPAsyncConn.read = read
    calls = [0]

    async def callback(*_):
        calls[0] += 1

    wanted = {"l2_book": [symbol], "ticker": [symbol]}
    feed = BinanceFutures(subscription=wanted, callbacks={name: callback for name in wanted})
    socket, handler = Socket(), None
    socket.subscription = {
        feed.std_channel_to_exchange(name): [feed.std_symbol_to_exchange_symbol(symbol)]
        for name in wanted}
    for _, subscribe, handler, _ in feed.connect():
        await subscribe(socket)
    start = time.perf_counter()
    for text, stamp in stream:
        await handler(text, socket, stamp)
    wall = time.perf_counter() - start
    feed.stop()
    await feed.shutdown()
    return wall, calls[0]


def main():
    capture, name, base, quote = sys.argv[1:5]
    stream, snapshot = messages(capture)
    rules = {"symbols": [{
        "symbol": name, "baseAsset": base, "quoteAsset": quote, "status": "TRADING",
        "contractType": "PERPETUAL", "filters": [{"tickSize": "0.01"}]}]}
    symbol = "%s-%s-PERP" % (base, quote)

    def once():
        return asyncio.run(play(stream, snapshot, rules, symbol))

    _, calls = once()
    size = sum(len(text) for text, _ in stream)
    serve({"messages": len(stream), "bytes": size, "callbacks": calls}, lambda: once()[0])


main()
