# What checks with ccxt share: its addresses led to a served venue, and its streams watched.
import asyncio
import re


def point_at(exchange, server, tls):
    """Every address of the client leads to the server; paths stay."""
    s = "s" if tls else ""
    port = server.tls_port if tls else server.port

    def move(x):
        if isinstance(x, dict):
            return {key: move(value) for key, value in x.items()}
        match = re.match(r"(https?|wss?)://[^/]+(.*)", x)
        kind = "http" if match[1].startswith("h") else "ws"
        return f"{kind}{s}://127.0.0.1:{port}{match[2]}"

    exchange.urls["api"] = move(exchange.urls["api"])


async def watch_until(report, name, exchange, symbol, take, enough, server):
    """Watches trades and the book until there is enough, then stops the market and lets the last
    messages arrive. False where the client failed, which is reported."""
    stop = asyncio.Event()

    async def trades():
        while not stop.is_set():
            take(await exchange.watch_trades(symbol))

    async def book():
        while not stop.is_set():
            await exchange.watch_order_book(symbol)

    tasks = [asyncio.create_task(trades()), asyncio.create_task(book())]
    for _ in range(300):
        await asyncio.sleep(0.05)
        failed = [task for task in tasks if task.done()]
        if failed:
            report.check(f"{name} watch", False, repr(failed[0].exception()))
            return False
        if enough() and symbol in exchange.orderbooks:
            break
    server.pause()
    await asyncio.sleep(0.4)
    stop.set()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    has_book = symbol in exchange.orderbooks
    return report.check(f"{name} watch", has_book, "trades and book heard")
