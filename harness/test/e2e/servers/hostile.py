#!/usr/bin/env python3
"""A server that behaves as badly as it is told: `hostile.py BEHAVIOUR PORT`, or as a library `Hostile(BEHAVIOUR)`.

A behaviour is what is done with one connection, in a thread of its own. `hostile.py --list` names them all.
"""
import base64
import hashlib
import os
import random
import socket
import ssl
import struct
import sys
import threading
import time

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, BINARY, CLOSE, PING, PONG, CONTINUATION, FIN = 1, 2, 8, 9, 10, 0, 0x80
BEHAVIOURS = {}


def behaviour(function):
    BEHAVIOURS[function.__name__.replace("_", "-")] = function
    return function


class Peer:
    """One accepted connection."""

    def __init__(self, connection):
        self.socket = connection
        self.random = random.Random(7)

    def send(self, *data):
        self.socket.sendall(b"".join(data))

    def read_head(self):
        head = b""
        while b"\r\n\r\n" not in head:
            data = self.socket.recv(65536)
            if not data:
                raise EOFError
            head += data
        return head

    def response(self, head):
        key = b""
        for line in head.split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.strip().lower() == b"sec-websocket-key":
                key = value.strip()
        accept = base64.b64encode(hashlib.sha1(key + GUID).digest())
        return (
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )

    def handshake(self):
        self.send(self.response(self.read_head()))

    def drain(self):
        while self.socket.recv(65536):
            pass

    def hold(self):
        """Does nothing until the other side goes."""
        self.socket.settimeout(None)
        self.drain()

    def end(self):
        if isinstance(self.socket, ssl.SSLSocket):
            self.socket.unwrap()  # close_notify, and that of the peer
            return
        self.socket.shutdown(socket.SHUT_WR)
        self.drain()

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def for_ever(self, *data):
        """Sends the same again and again, in large pieces."""
        piece = b"".join(data)
        piece *= max(1, 65536 // len(piece))
        while True:
            self.socket.sendall(piece)


    def read_exactly(self, n):
        data = b""
        while len(data) < n:
            more = self.socket.recv(n - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def echo(self, look=None):
        """A decent echo server, as far as ordinary exchanges go. look: called with each payload before its echo."""
        self.handshake()
        while True:
            first, second = self.read_exactly(2)
            n = second & 0x7F
            if n > 125:
                n = int.from_bytes(self.read_exactly(2 if n == 126 else 8), "big")
            key = self.read_exactly(4)
            masked = self.read_exactly(n)
            mask = (key * (n // 4 + 1))[:n]
            payload = (int.from_bytes(masked, "big") ^ int.from_bytes(mask, "big")).to_bytes(n, "big")
            opcode = first & 15
            if look:
                look(payload)
            self.send(frame(PONG if opcode == PING else opcode, payload, bool(first & FIN)))
            if opcode == CLOSE:
                self.end()
                return


def frame(opcode, payload=b"", fin=True):
    n = len(payload)
    first = bytes([(FIN if fin else 0) | opcode])
    if n < 126:
        return first + bytes([n]) + payload
    if n < 65536:
        return first + b"\x7e" + struct.pack(">H", n) + payload
    return first + b"\x7f" + struct.pack(">Q", n) + payload


# ---- Before and within the handshake


@behaviour
def close_at_once(peer):
    peer.socket.close()


@behaviour
def reset_at_once(peer):
    peer.reset()


@behaviour
def silence(peer):
    peer.hold()


@behaviour
def read_nothing(peer):
    time.sleep(3600)


@behaviour
def close_behind_request(peer):
    peer.read_head()
    peer.end()


@behaviour
def reset_behind_request(peer):
    peer.read_head()
    peer.reset()


@behaviour
def garbage(peer):
    peer.read_head()
    peer.send(peer.random.randbytes(100000))
    peer.hold()


@behaviour
def nuls(peer):
    peer.for_ever(bytes(65536))


@behaviour
def endless_line(peer):
    peer.send(b"HTTP/1.1 101 ")
    peer.for_ever(b"Switching ")


@behaviour
def endless_field(peer):
    peer.send(b"HTTP/1.1 101 Switching Protocols\r\nX: ")
    peer.for_ever(b"aaaaaaaa")


@behaviour
def endless_fields(peer):
    peer.send(b"HTTP/1.1 101 Switching Protocols\r\n")
    peer.for_ever(b"X: a\r\n")


@behaviour
def endless_blank_lines(peer):
    peer.for_ever(b"\r\n")


@behaviour
def endless_interim_responses(peer):
    peer.for_ever(b"HTTP/1.1 102 Processing\r\n\r\n")


@behaviour
def endless_body(peer):
    peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    peer.for_ever(b"<p>no</p>")


@behaviour
def web_page(peer):
    peer.read_head()
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")
    peer.end()


@behaviour
def not_found(peer):
    peer.read_head()
    peer.send(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
    peer.hold()


@behaviour
def ssh_banner(peer):
    peer.send(b"SSH-2.0-OpenSSH_9.2\r\n")
    peer.hold()


@behaviour
def tls_alert(peer):
    peer.read_head()
    peer.send(b"\x15\x03\x01\x00\x02\x02\x46")
    peer.end()


@behaviour
def response_drips(peer):
    for octet in peer.response(peer.read_head()):
        peer.send(bytes([octet]))
        time.sleep(0.01)
    peer.hold()


def response_cut(peer, at, end):
    peer.send(peer.response(peer.read_head())[:at])
    end()


# ---- Behind the handshake


@behaviour
def silence_behind_101(peer):
    peer.handshake()
    peer.hold()


@behaviour
def read_nothing_behind_101(peer):
    peer.handshake()
    time.sleep(3600)


@behaviour
def close_behind_101(peer):
    peer.handshake()
    peer.end()


@behaviour
def reset_behind_101(peer):
    peer.handshake()
    peer.reset()


@behaviour
def reset_behind_first_octets(peer):
    peer.handshake()
    peer.socket.recv(2)
    peer.reset()


@behaviour
def half_a_frame(peer):
    peer.handshake()
    peer.send(frame(TEXT, b"hello")[:4])
    peer.hold()


@behaviour
def half_a_header(peer):
    peer.handshake()
    peer.send(b"\x82\x7f\x00\x00\x00")
    peer.end()


@behaviour
def frame_of_2_to_the_63(peer):
    peer.handshake()
    peer.send(b"\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff")
    peer.for_ever(bytes(65536))


@behaviour
def length_with_its_highest_bit(peer):
    peer.handshake()
    peer.send(b"\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff")
    peer.for_ever(bytes(65536))


@behaviour
def control_frame_of_2_to_the_62(peer):
    peer.handshake()
    peer.send(b"\x89\x7f\x40\x00\x00\x00\x00\x00\x00\x00")
    peer.for_ever(b"x" * 65536)


@behaviour
def endless_fragments(peer):
    peer.handshake()
    peer.send(frame(TEXT, b"x", fin=False))
    peer.for_ever(frame(CONTINUATION, b"x" * 1000, fin=False))


@behaviour
def endless_empty_fragments(peer):
    peer.handshake()
    peer.send(frame(BINARY, b"", fin=False))
    peer.for_ever(frame(CONTINUATION, b"", fin=False))


@behaviour
def endless_messages(peer):
    peer.handshake()
    peer.for_ever(frame(TEXT, b"unasked"))


@behaviour
def endless_large_messages(peer):
    peer.handshake()
    peer.for_ever(frame(BINARY, bytes(1 << 20)))


@behaviour
def endless_pings(peer):
    peer.handshake()
    peer.for_ever(frame(PING, b"are you there?"))


@behaviour
def endless_pongs(peer):
    peer.handshake()
    peer.for_ever(frame(PONG, b"here"))


@behaviour
def endless_closes(peer):
    peer.handshake()
    peer.for_ever(frame(CLOSE, b"\x03\xe8"))


@behaviour
def endless_data_behind_close(peer):
    peer.handshake()
    peer.send(frame(CLOSE, b"\x03\xe8"))
    peer.for_ever(frame(TEXT, b"more"))


@behaviour
def garbage_frames(peer):
    peer.handshake()
    while True:
        peer.send(peer.random.randbytes(4096))


@behaviour
def every_opcode_and_bit(peer):
    peer.handshake()
    for first in range(256):
        peer.send(bytes([first, 0]))
    peer.hold()


@behaviour
def masked_frames(peer):
    peer.handshake()
    peer.for_ever(b"\x81\x85\x01\x02\x03\x04" + bytes([0x69, 0x67, 0x6F, 0x68, 0x6E]))


@behaviour
def bad_utf8(peer):
    peer.handshake()
    peer.for_ever(frame(TEXT, b"\xed\xa0\x80\xff\xc0\x80"))


@behaviour
def mirror(peer):
    """Sends back the very octets."""
    peer.handshake()
    while data := peer.socket.recv(65536):
        peer.send(data)


@behaviour
def frames_drip(peer):
    """For some seconds; for ever would take as long as a case may last, half a minute each."""
    peer.handshake()
    for octet in frame(PING, b"drip") * 30:
        peer.send(bytes([octet]))
        time.sleep(0.01)
    peer.hold()


class Hostile:
    """Serves until the process ends or stop() is called. behaviour: a name, or a function of a Peer. tls: an
    ssl.SSLContext."""

    def __init__(self, behaviour_, port=0, reads=None, tls=None):
        self.tls = tls
        self.act = BEHAVIOURS[behaviour_] if isinstance(behaviour_, str) else behaviour_
        self.listener = socket.create_server(("127.0.0.1", port), backlog=512)
        if reads:
            self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, reads)
        self.port = self.listener.getsockname()[1]
        self.url = f"ws{'s' if tls else ''}://127.0.0.1:{self.port}/"
        self.connections = 0
        self.open = set()
        self.lock = threading.Lock()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with self.lock:
            self.open.add(connection)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.tls:
                self.open.discard(connection)
                connection = self.tls.wrap_socket(connection, server_side=True)
                self.open.add(connection)
            self.act(Peer(connection))
        except (OSError, EOFError):
            pass
        finally:
            with self.lock:
                self.open.discard(connection)
            connection.close()

    def stop(self):
        self.listener.close()
        with self.lock:
            for connection in self.open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass


def main():
    if sys.argv[1:] == ["--list"]:
        print("\n".join(BEHAVIOURS))
        return 0
    if len(sys.argv) != 3 or sys.argv[1] not in BEHAVIOURS or not sys.argv[2].isdigit():
        print(__doc__, file=sys.stderr)
        return 2
    Hostile(sys.argv[1], int(sys.argv[2]))
    print(f"{sys.argv[1]} on port {sys.argv[2]}, process {os.getpid()}", flush=True)
    threading.Event().wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
