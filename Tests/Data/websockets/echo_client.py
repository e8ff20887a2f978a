"""A WebSocket client on the `websockets` package: talks to an echo server, says `ok` or why not.

Usage: echo_client.py URL [--ca FILE] [--deflate none|default|restart|small]
"""
import argparse
import asyncio
import ssl

from websockets.asyncio.client import connect
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

FACTORIES = {
    "none": None,
    "default": [ClientPerMessageDeflateFactory(client_max_window_bits=True)],
    "restart": [ClientPerMessageDeflateFactory(True, True)],
    "small": [ClientPerMessageDeflateFactory(server_max_window_bits=10, client_max_window_bits=9)],
}


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--ca")
    parser.add_argument("--deflate", default="none")
    options = parser.parse_args()
    context = None
    if options.ca:
        context = ssl.create_default_context(cafile=options.ca)
        context.verify_flags |= ssl.VERIFY_X509_STRICT
    async with connect(
        options.url, ssl=context, compression=None, extensions=FACTORIES[options.deflate],
        max_size=None, proxy=None,
    ) as socket:
        texts = ["", "a", "grün €😀", "0123456789" * 7000, "x" * 1_000_000, '{"a":1}' * 50]
        for message in texts + [b"", b"\x00\x01\xff" * 500]:
            await socket.send(message)
            answer = await asyncio.wait_for(socket.recv(), 20)
            assert answer == message, (message[:40], answer[:40])

        async def pieces():
            for piece in ("frag", "", "men€", "ted"):
                yield piece

        await socket.send(pieces())
        assert await socket.recv() == "fragmen€ted"
        waiter = await socket.ping(b"hello")
        await asyncio.wait_for(waiter, 20)
        extensions = [extension.name for extension in socket.protocol.extensions]
        print("extensions", *extensions, flush=True)
        await socket.close(1000, "done")
    assert socket.close_code == 1000, socket.close_code
    print("ok", flush=True)


asyncio.run(main())
