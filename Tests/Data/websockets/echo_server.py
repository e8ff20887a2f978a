"""A WebSocket server on the `websockets` package: prints its port, echoes, and obeys a few words.

Usage: echo_server.py [--tls CERT KEY] [--deflate none|default|restart]
"""
import argparse
import asyncio
import ssl

from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory


async def receive(socket):
    try:
        async for message in socket:
            yield message
    except ConnectionClosed:
        pass


async def talk(socket):
    async for message in receive(socket):
        if message == "ping me":
            waiter = await socket.ping(b"from python")
            await waiter
            await socket.send("ponged")
        elif message == "fragments":
            async def pieces():
                for piece in ("one ", "", "two ", "dr€i"):
                    yield piece

            await socket.send(pieces())
        elif message == "binary fragments":
            async def blocks():
                for _ in range(3):
                    yield b"\x00\xff" * 1000

            await socket.send(blocks())
        elif message == "large":
            await socket.send("ä" * 1_000_000)
        elif message == "goodbye":
            await socket.close(4321, "as asked")
        else:
            await socket.send(message)


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tls", nargs=2)
    parser.add_argument("--deflate", default="none")
    options = parser.parse_args()
    context = None
    if options.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*options.tls)
    extensions = None
    if options.deflate == "restart":
        extensions = [ServerPerMessageDeflateFactory(True, True)]
    elif options.deflate == "default":
        extensions = [ServerPerMessageDeflateFactory()]
    elif options.deflate == "small":
        extensions = [ServerPerMessageDeflateFactory(server_max_window_bits=9)]
    async with serve(
        talk, "127.0.0.1", 0, ssl=context, compression=None, extensions=extensions, max_size=None
    ) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()


asyncio.run(main())
