# Points cryptofeed at a local venue server and listens until the market has stopped.
import asyncio


def watch(exchange, host, symbol, server):
    """The client's book and trades after the market has stopped; `host` is the venue's own."""
    from cryptofeed import FeedHandler
    from cryptofeed.defines import L2_BOOK, TRADES

    port = server.tls_port
    for endpoint in exchange.websocket_endpoints:
        endpoint.address = endpoint.address.replace(host, f"wss://127.0.0.1:{port}")
    for endpoint in exchange.rest_endpoints:
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
    handler.add_feed(exchange(
        symbols=[symbol], channels=[L2_BOOK, TRADES],
        callbacks={L2_BOOK: on_book, TRADES: on_trade}))
    handler.run(start_loop=False, install_signal_handlers=False)
    loop.run_until_complete(wait())
    return holder["book"], trades

