"""A TLS server that speaks HTTP/2 only, by the frame (RFC 9113): prints its port, answers every GET.

Usage: h2_server.py CERT KEY
"""
import socket
import ssl
import struct
import sys
import threading

HEADERS, SETTINGS, PING, DATA = 1, 4, 6, 0
END_STREAM, END_HEADERS, ACK = 1, 4, 1


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def talk(connection):
    stream = connection.makefile("rb")
    if stream.read(24) != b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n":
        return
    connection.sendall(frame(SETTINGS, 0, 0))
    served = 0
    while head := stream.read(9):
        length = int.from_bytes(head[:3], "big")
        kind, flags, number = struct.unpack(">BBI", head[3:])
        stream.read(length)
        if kind == SETTINGS and not flags & ACK:
            connection.sendall(frame(SETTINGS, ACK, 0))
        elif kind == HEADERS:
            served += 1
            # 0x88 is ":status: 200" of the static table.
            connection.sendall(frame(HEADERS, END_HEADERS, number, b"\x88"))
            connection.sendall(frame(DATA, END_STREAM, number, b'{"served":%d}' % served))


def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*sys.argv[1:3])
    context.set_alpn_protocols(["h2"])
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        plain, _ = listener.accept()
        secure = context.wrap_socket(plain, server_side=True)
        print(secure.selected_alpn_protocol(), flush=True)
        threading.Thread(target=talk, args=(secure,), daemon=True).start()


main()
