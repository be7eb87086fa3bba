"""Answers byte for byte, written to a socket that notes each write."""

import os

from net.request import Request
from net.response import Response
from scarce import crumble


class Sock:
    def __init__(self):
        self.writes = []

    def write(self, data):
        self.writes.append(bytes(data))
        return len(data)


def make(method="GET", version11=True):
    request = Request(method, "/")
    request.version11 = version11
    sock = Sock()
    return sock, Response(sock, request)


def parts(sock):
    head, _, body = b"".join(sock.writes).partition(b"\r\n\r\n")
    return head.split(b"\r\n"), body


def joined(body):
    """A chunked body's content; every byte of the coding is checked."""
    out = b""
    while True:
        size, _, body = body.partition(b"\r\n")
        size = int(size, 16)
        out += body[:size]
        assert body[size : size + 2] == b"\r\n"
        body = body[size + 2 :]
        if not size:
            assert not body
            return out


async def test_send():
    sock, response = make()
    await response.send(302, "é", "text/html", "Location: http://h/\r\n")
    assert sock.writes == [
        b"HTTP/1.1 302 Found\r\nContent-Type: text/html\r\nContent-Length: 2\r\n"
        b"Location: http://h/\r\nConnection: close\r\n\r\n\xc3\xa9"
    ]
    for size, writes in ((768, 1), (769, 2)):
        sock, response = make()
        await response.send(200, b"\xff" * size)
        assert len(sock.writes) == writes and parts(sock)[1] == b"\xff" * size


async def test_every_reason_and_none():
    for status, line in (
        (204, b"HTTP/1.1 204 No Content"),
        (409, b"HTTP/1.1 409 Conflict"),
        (429, b"HTTP/1.1 429 Too Many Requests"),
        (299, b"HTTP/1.1 299 "),
    ):
        sock, response = make()
        await response.send(status)
        assert parts(sock)[0][0] == line
        assert (b"Content-Length: 0" in parts(sock)[0]) == (status != 204)


async def test_a_file_comes_in_blocks_of_its_exact_length():
    name = os.getenv("FOLDER") + "file"
    try:
        for size in (0, 1, 511, 512, 513, 5000):
            content = bytes([at * 7 & 255 for at in range(size)])
            with open(name, "wb") as file:
                file.write(content)
            sock, response = make()
            await response.send_file(name, "text/html", "Content-Encoding: gzip\r\n")
            head, body = parts(sock)
            assert body == content and b"Content-Length: %d" % size in head
            assert b"Content-Encoding: gzip" in head
            assert max([len(write) for write in sock.writes]) <= 512
            sock, response = make("HEAD")
            await response.send_file(name, "text/html")
            head, body = parts(sock)
            assert body == b"" and b"Content-Length: %d" % size in head
    finally:
        os.remove(name)


async def test_pieces_of_every_length_come_out_as_they_went_in():
    for total in (0, 1, 500, 504, 505, 506, 512, 1009, 1010, 1011, 2000):
        for step in (1, 3, 500, 2000):
            for version11 in (True, False):
                sock, response = make(version11=version11)
                await response.begin(200, "application/json", "X: y\r\n")
                sent = bytes([33 + at % 90 for at in range(total)])
                for at in range(0, total, step):
                    part = sent[at : at + step]
                    await response.write(part if at % 2 else part.decode())
                await response.finish()
                head, body = parts(sock)
                assert head[0] == b"HTTP/1.1 200 OK" and b"X: y" in head
                assert (b"Transfer-Encoding: chunked" in head) == version11
                assert (joined(body) if version11 else body) == sent, (total, step, version11)
                assert not [line for line in head if line.startswith(b"Content-Length")]


async def test_small_pieces_leave_together():
    sock, response = make()
    await response.begin(200, "application/json")
    for _ in range(15):
        await response.write('{"ssid": "Home", "rssi": -50, "sec": "WPA2", "ch": 6}')
    await response.finish()
    assert len(sock.writes) == 2, len(sock.writes)


async def test_head_has_no_body():
    sock, response = make("HEAD")
    await response.send(200, "words")
    assert parts(sock)[1] == b"" and b"Content-Length: 5" in parts(sock)[0]
    sock, response = make("HEAD")
    await response.begin(200, "text/plain")
    await response.write("words")
    await response.finish()
    assert parts(sock)[1] == b"" and b"Transfer-Encoding: chunked" in parts(sock)[0]


async def test_nothing_larger_than_a_kilobyte_is_ever_allocated():
    page = os.getenv("FOLDER") + "page"
    with open(page, "wb") as file:
        file.write(bytes(20000))
    kept = crumble(1024)
    try:
        for version11 in (True, False):
            sock, response = make(version11=version11)
            await response.send_file(page, "text/html")
            sock, response = make(version11=version11)
            await response.begin(200, "text/html")
            for _ in range(100):
                await response.write("a" * 64)
            await response.finish()
            assert sum([len(write) for write in sock.writes]) > 6400
    finally:
        os.remove(page)
    del kept
