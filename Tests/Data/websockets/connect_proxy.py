"""An HTTP proxy for tests: CONNECT and absolute GET. Prints its port, then one line per request.

Usage: connect_proxy.py [USER:PASSWORD]
"""
import asyncio
import base64
import sys
from urllib.parse import urlsplit

WANTED = None
if len(sys.argv) > 1:
    WANTED = "Basic " + base64.b64encode(sys.argv[1].encode()).decode()


async def carry(source, target):
    try:
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
    except ConnectionError:
        pass
    finally:
        target.close()


async def serve(reader, writer):
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    lines = head.split("\r\n")
    method, target, _ = lines[0].split(" ")
    fields = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
    print(method, target, flush=True)
    if WANTED and fields.get("Proxy-Authorization") != WANTED:
        writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
        writer.close()
        return
    if method == "CONNECT":
        host, port = target.rsplit(":", 1)
        up_reader, up_writer = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
    else:
        parts = urlsplit(target)
        up_reader, up_writer = await asyncio.open_connection(parts.hostname, parts.port)
        path = parts.path + ("?" + parts.query if parts.query else "")
        lines[0] = f"{method} {path} HTTP/1.1"
        up_writer.write("\r\n".join(lines).encode())
    await asyncio.gather(carry(reader, up_writer), carry(up_reader, writer))


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
