import asyncio

from core import log
from net.fetch import FetchError, _json, split_url
from provisioning import errors
from provisioning.claim import exchange
from provisioning.errors import Failure

TOKEN = "t" * 32


def test_urls():
    assert split_url("http://h:8700/api/v1/claim") == (False, "h", 8700, "/api/v1/claim")
    assert split_url("https://h") == (True, "h", 443, "/")
    for wrong in ("h:80", "ftp://h/", "http://", "http://h:x/"):
        try:
            split_url(wrong)
        except ValueError:
            continue
        raise AssertionError(wrong)


def test_answers():
    assert _json(b'HTTP/1.1 200 OK\r\nX: y\r\n\r\n{"token": "a"}') == {"token": "a"}
    chunked = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n3\r\n 1}\r\n0\r\n\r\n'
    assert _json(chunked) == {"a": 1}
    for data, status in (
        (b"", 0),
        (b"junk\r\n\r\n{}", 0),
        (b"HTTP/1.1 404 Not Found\r\n\r\n{}", 404),
        (b"HTTP/1.1 200 OK\r\n\r\n[1]", 200),
        (b"HTTP/1.1 200 OK\r\n\r\nnonsense", 200),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 0),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n", 200),
        (b"HTTP/1.1 20 OK\r\n\r\n{}", 0),
        (b"HTTP/1.1 2000 OK\r\n\r\n{}", 0),
        (b"HTTP/1.1\r\n\r\n{}", 0),
    ):
        try:
            _json(data)
            raise AssertionError(data)
        except FetchError as e:
            assert e.status == status, data


async def outcome(answer):
    async def post(message):
        assert message == {"code": "K7QM2X9A", "uid": "u", "template": "TMPL1"}
        if isinstance(answer, Exception):
            raise answer
        return answer

    try:
        return await exchange(post, "K7QM2X9A", "u", "TMPL1")
    except Failure as e:
        return e.code


async def test_exchange():
    good = {"token": TOKEN, "server": "mqtt://h"}
    assert await outcome(good) == (TOKEN, "mqtt://h", 0)
    assert await outcome(dict(good, utc=1795348800)) == (TOKEN, "mqtt://h", 1795348800)
    for wrong in (None, "1795348800", 1.5, [1]):
        assert await outcome(dict(good, utc=wrong)) == (TOKEN, "mqtt://h", 0)
    assert await outcome({"token": "short", "server": "mqtt://h"}) == errors.CLOUD
    assert await outcome({"token": TOKEN}) == errors.CLOUD
    assert await outcome(FetchError(404)) == errors.BAD_TOKEN
    assert await outcome(FetchError(409)) == errors.BAD_TOKEN
    assert await outcome(FetchError(500)) == errors.CLOUD
    assert await outcome(FetchError(0)) == errors.CLOUD
    try:
        await outcome(OSError(104))
        raise AssertionError("a lost connection is not the claim's to explain")
    except OSError:
        pass


def test_secrets_are_struck_out_of_every_line():
    log.hide("K7QM2X9A")
    log.hide("")
    assert log.redact("code K7QM2X9A, twice K7QM2X9A") == "code ***, twice ***"
    assert log.redact("nothing to hide") == "nothing to hide"
    log.hide("address")  # too short to strike out: it would garble innocent lines
    assert log.redact("the address") == "the address"
    for number in range(40):
        log.hide("secret number %d" % number)
    assert len(log._secrets) == 24 and log.redact("secret number 39") == "***"


async def test_backoff_doubles_with_full_jitter_up_to_the_bound():
    from core.backoff import Backoff
    from core.clock import Deadline

    backoff = Backoff(100, 1000)
    assert backoff.next() == 0
    for bound in (100, 200, 400, 800, 1000, 1000):
        assert 0 <= backoff.next() <= bound
    backoff.reset()  # and then not at once: a broker that restarts shall not meet all devices together
    waits = set()
    for _ in range(50):
        backoff.reset()
        waits.add(backoff.next())
    assert max(waits) <= 100 and len(waits) > 10
    deadline = Deadline(30)
    assert 0 < deadline.left() <= 30
    await asyncio.sleep_ms(40)
    assert deadline.left() == 0
