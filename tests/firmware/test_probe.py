import asyncio
import os
import random

from net.fetch import FetchError, _json, split
from net.probe import _captive, captive, date, told

DATE = b"HTTP/1.1 302 Found\r\nLocation: /x\r\nDate: Sun, 22 Nov 2026 12:00:00 GMT\r\n\r\n"


def head(status):
    return b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n"


def test_who_answers():
    assert _captive(head(b"204 No Content")) is False
    for status in (b"200 OK", b"302 Found", b"307 Temporary Redirect", b"404 Not Found", b"511 Log in"):
        assert _captive(head(status)) is True, status
    for status in (b"500 Oops", b"503 Busy", b"20", b"junk"):
        assert _captive(head(status)) is None, status
    for data in (b"", b"\r\n\r\n", b"HTTP/1.1 204 No Content\r\n", b"\x16\x03\x03\0\0\r\n\r\n"):
        assert _captive(data) is None, data


def test_the_date_of_an_answer():
    assert date(DATE) == 1795348800
    assert date(DATE.replace(b"Date", b"dAtE")) == 1795348800
    for other in (b"", b"Sun", b"Sun, 22 November 2026 12:00:00 GMT", b"\xff\xfe \xff \xff \xff \xff \xff"):
        assert date(DATE.replace(b"Sun, 22 Nov 2026 12:00:00 GMT", other)) == 0, other
    assert date(b"") == date(b"HTTP/1.1 204 No\r\nExpires: Sun, 22 Nov 2026 12:00:00 GMT\r\n\r\n") == 0


def test_random_answers_do_no_harm():
    seeds = (DATE, head(b"204 No Content"), b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}")
    for _ in range(3000):
        data = bytearray(random.choice(seeds))
        for _ in range(random.randrange(8)):
            data[random.randrange(len(data))] = random.getrandbits(8)
        data = bytes(data) + os.urandom(random.randrange(20))
        assert _captive(data) in (True, False, None)
        assert 0 <= date(data) < 1 << 34
        for judge in (split, _json):
            try:
                judge(data)
            except FetchError:
                pass


async def served(answer, ask):
    """What `ask(url)` returns while a web server answers with `answer` and keeps the connection open."""
    heard = []
    done = asyncio.Event()

    async def serve(reader, writer):
        heard.append(await reader.read(200))
        writer.write(answer)
        await writer.drain()
        await done.wait()
        writer.close()
        await writer.wait_closed()

    port = 20000 + random.getrandbits(13)
    server = await asyncio.start_server(serve, "127.0.0.1", port)
    try:
        return await ask("http://127.0.0.1:{}/generate_204".format(port)), heard
    finally:
        done.set()
        server.close()
        await server.wait_closed()


async def test_a_head_is_enough():
    answer, heard = await served(head(b"204 No Content"), lambda url: captive(url, 3000))
    assert answer is False
    assert heard[0].startswith(b"GET /generate_204 HTTP/1.1\r\nHost: 127.0.0.1:")
    assert heard[0].endswith(b"\r\nConnection: close\r\n\r\n") and b"Content-" not in heard[0]
    assert (await served(DATE, lambda url: captive(url, 3000)))[0] is True
    assert (await served(DATE, lambda url: told(url, 3000)))[0] == 1795348800


async def test_endless_and_silent_answers_end():
    assert (await served(b"x" * 5000, lambda url: captive(url, 3000)))[0] is None
    assert (await served(b"", lambda url: captive(url, 100)))[0] is None
    assert (await served(b"", lambda url: told(url, 100)))[0] == 0


async def test_nobody_there():
    for url in ("http://127.0.0.1:1/", "http://nobody.invalid/", "https://127.0.0.1/", "nonsense"):
        assert await captive(url, 3000) is None
        assert await told(url, 3000) == 0
