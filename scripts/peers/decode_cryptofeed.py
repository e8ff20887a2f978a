"""Recorded messages of any venue to cryptofeed's objects and order books.  decode_cryptofeed.py WORK.json

WORK.json (made by scripts/bench-peers): `exchange`, `rules` (bodies of the requests for symbols, in order),
`answers` (URL to bodies, in order), `subscription`, `address`, `messages` ([text, receive seconds]). Text in,
callbacks out; nothing is read or parsed before the clock starts but the file. No network. The seconds are CPU time,
which other work on the machine disturbs least.
"""
import asyncio
import collections
import json
import logging
import sys
import time

from cryptofeed.connection import HTTPAsyncConn, HTTPSync
from cryptofeed.exchanges import EXCHANGE_MAP
from cryptofeed.symbols import Symbols

from turns import serve

logging.disable(logging.CRITICAL)


class Socket:
    """Stands in for the connection that the handler is called with."""
    conn_type, uuid = "wss", "1"

    def __init__(self, address):
        self.address = address

    async def write(self, *_, **__):
        """Takes subscriptions and does nothing with them."""


async def play(work):
    """Seconds that the handler takes for all messages, and the callbacks it made by kind."""
    Symbols.clear()
    rules = collections.deque(map(json.loads, work["rules"]))
    HTTPSync.read = lambda *_, **__: rules.popleft()
    answers = {url: collections.deque(bodies) for url, bodies in work["answers"].items()}

    async def read(_, url, **__):
        return answers[url].popleft()

    HTTPAsyncConn.read = read
    calls = collections.Counter()

    def callback(kind):
        async def count(*_):
            calls[kind] += 1
        return count

    wanted = work["subscription"]
    feed = EXCHANGE_MAP[work["exchange"]](
        subscription=wanted, callbacks={kind: callback(kind) for kind in wanted}, candle_closed_only=False,
        checksum_validation=work["exchange"] == "OKX")
    socket, handler = Socket(work["address"]), None
    socket.subscription = {
        feed.std_channel_to_exchange(kind): [feed.std_symbol_to_exchange_symbol(symbol) for symbol in wanted[kind]]
        for kind in wanted}
    for _, subscribe, handler, _ in feed.connect():
        await subscribe(socket)
    start = time.process_time()
    for text, stamp in work["messages"]:
        await handler(text, socket, stamp)
    wall = time.process_time() - start
    feed.stop()
    await feed.shutdown()
    return wall, calls


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        work = json.load(file)

    def once():
        return asyncio.run(play(work))

    _, calls = once()
    facts = {"messages": len(work["messages"]), "bytes": sum(len(text) for text, _ in work["messages"])}
    facts.update(sorted(calls.items()))
    serve(facts, lambda: once()[0])


main()
