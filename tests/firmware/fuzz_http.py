"""Mutated requests through the server and the real portal."""

import asyncio
import io
import random
import socket
from time import ticks_diff, ticks_ms

import portal_rig
from core import log
from fuzz import REAL, SLOW_MS, Failed, mutated, seeds
from net.http import Server
from storage.account import Account, Network

BATCH = 3  # beside one request whose answer is known: four connections at a time
STATUSES = (200, 204, 302, 400, 403, 404, 405, 408, 409, 413, 414, 429, 431, 500, 503)
CONTROL = b"GET / HTTP/1.1\r\nHost: 192.168.4.1\r\nX: " + b"y" * 100 + b"\r\n\r\n"


class Requests:
    """A campaign against `agent.portal`; `counts` has the answers by status, 0 is none."""

    def __init__(self, agent, port):
        self._agent = agent
        self._port = port
        self._pool = seeds("http")
        self._server = Server(portal_rig.handler(agent.portal))
        self._watch = Watch()
        self._account = Account()
        self._account.networks.append(Network(b"Home", b"secret password"))
        self._account.token = "t" * 32
        self.counts = dict.fromkeys(STATUSES + (0,), 0)
        self.counting = False  # not while warming up
        self.slowest = 0  # ms of a batch
        self.latest = ()

    async def open(self):
        self._task = asyncio.create_task(self._server.run("127.0.0.1", self._port))
        await asyncio.sleep_ms(20)
        self._known = await real(self._port, CONTROL)

    async def close(self):
        self._task.cancel()
        await asyncio.sleep_ms(10)
        log._secrets.clear()  # what the portal rightly remembers
        self._succeed(False)
        self._agent.credentials.propose(Network(b"Home", b"secret password"), "t" * 32, "host", "")

    def _succeed(self, online):
        """As after a live try that went well, or as before any."""
        portal = self._agent.portal
        portal.arrived = online
        portal.told.clear()
        portal.credentials.verified = self._account if online else None

    async def run(self, inputs):
        for number in range(-(-inputs // BATCH)):
            self._succeed(random.getrandbits(1) > 0)
            sent = [mutated(random.choice(self._pool), self._pool) for _ in range(BATCH)]
            self.latest = sent
            start = ticks_ms()
            answers = await (self._directly if number % REAL else self._over_tcp)(sent + [CONTROL])
            taken = ticks_diff(ticks_ms(), start)
            self.slowest = max(self.slowest, taken)
            if self._watch.crash:
                raise Failed(self._watch.crash, sent)
            if answers.pop() != self._known:
                raise Failed("the page beside it came out wrong", sent)
            if taken > SLOW_MS:
                raise Failed("{} ms".format(taken), sent)
            for answer in answers:
                self._count(answer, sent)

    async def _over_tcp(self, requests):
        answers = []
        for data in requests:
            answers.append(await real(self._port, data))
        return answers

    async def _directly(self, requests):
        """All at once, so that their blocks mingle."""
        socks = [Sock(data) for data in requests]
        start = ticks_ms()
        for sock in socks:
            self._server._accept(Listener(sock))
        while self._server._open:
            await asyncio.sleep_ms(0)
            if ticks_diff(ticks_ms(), start) > SLOW_MS:
                raise Failed("a request hangs", requests)
        return [sock.taken() for sock in socks]

    def _count(self, answer, sent):
        status = 0
        if answer:
            if not answer.startswith(b"HTTP/1.1 ") or b"\r\n\r\n" not in answer:
                raise Failed("no HTTP: {}".format(answer[:40]), sent)
            status = int(answer[9:12])
        if status not in self.counts:
            raise Failed("status {}".format(status), sent)
        self.counts[status] += self.counting


class Sock(io.IOBase):
    """A peer that sends in pieces of any size and takes as little as it likes."""

    def __init__(self, data):
        self._data = data
        self._at = 0
        self._answer = b""

    def ioctl(self, request, flags):
        return flags & 5 if request == 3 else 0  # always ready to be read and written

    def setblocking(self, flag):
        pass

    def close(self):
        self._data = b""  # asyncio's queue may keep a finished task, and so this, for a while

    def readinto(self, block):
        if not random.getrandbits(5):
            return None
        count = 1 << random.getrandbits(4)
        part = self._data[self._at : self._at + min(count, len(block))]
        block[: len(part)] = part
        self._at += len(part)
        return len(part)

    def write(self, data):
        if not random.getrandbits(5):
            return None
        count = min(len(data), 1 << random.getrandbits(4))
        self._answer += data[:count]
        return count

    def taken(self):
        answer, self._answer = self._answer, b""
        return answer


class Listener:
    def __init__(self, sock):
        self._sock = sock

    def accept(self):
        return self._sock, None


async def real(port, data):
    """The answer over TCP; of a request that is not whole nothing comes, and the client leaves."""
    sock = socket.socket()
    sock.connect(socket.getaddrinfo("127.0.0.1", port)[0][-1])
    sock.setblocking(False)
    stream = asyncio.StreamReader(sock)
    answer = b""
    try:
        stream.write(data)
        await stream.drain()
        while part := await asyncio.wait_for_ms(stream.read(1024), 30):
            answer += part
    except (OSError, asyncio.TimeoutError):
        pass
    finally:
        sock.close()
    return answer


class Watch:
    """Notes what the firmware would log as an exception, and what nobody caught."""

    def __init__(self):
        self.crash = None
        log.exception = self._note
        log._line = self._quiet
        asyncio.get_event_loop().set_exception_handler(self._uncaught)

    def _note(self, tag, error):
        self.crash = tag + ": " + repr(error)

    def _quiet(self, level, tag, words):
        redacted = log.redact(" ".join([str(word) for word in words]))
        if not isinstance(redacted, str):
            self.crash = "log"

    def _uncaught(self, loop, context):
        self.crash = "uncaught: " + repr(context["exception"])
