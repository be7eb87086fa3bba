"""Mutated questions to the DNS responder."""

import asyncio
import random
import socket
from time import ticks_diff, ticks_ms

from fuzz import REAL, SLOW_MS, Failed, mutated, seeds
from net import dns

ADDRESS = b"\xc0\xa8\x04\x01"
NAMES = ("blynk.setup",)


class Questions:
    """A campaign; `counts` tells how many had no reply, 0, and one, 200."""

    def __init__(self, port):
        self._port = port
        self._pool = seeds("dns")
        self.counts = {0: 0, 200: 0}
        self.counting = False  # not while warming up
        self.slowest = 0  # ms
        self.latest = ()

    async def open(self):
        self._task = asyncio.create_task(dns.serve("127.0.0.1", self._port, NAMES))
        await asyncio.sleep_ms(20)
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sock.connect(socket.getaddrinfo("127.0.0.1", self._port)[0][-1])
        self._sock.setblocking(False)

    async def close(self):
        self._sock.close()
        self._task.cancel()
        await asyncio.sleep_ms(10)

    async def run(self, inputs):
        for number in range(inputs):
            query = mutated(random.choice(self._pool), self._pool)
            self.latest = (query,)
            start = ticks_ms()
            try:
                if number % REAL:
                    reply = dns.answer(query, ADDRESS, NAMES if number & 1 else None)
                else:
                    reply = await self._over_udp(query[:512])
            except Exception as e:
                raise Failed(repr(e), [query])
            taken = ticks_diff(ticks_ms(), start)
            self.slowest = max(self.slowest, taken)
            self.counts[200 if reply else 0] += self.counting
            if reply:
                check(query, reply)
            if taken > SLOW_MS or self._task.done():
                raise Failed("the responder hangs or has ended", [query])

    async def _over_udp(self, query):
        self._sock.send(query)
        for _ in range(3):
            await asyncio.sleep_ms(1)
            try:
                return self._sock.recv(1024)
            except OSError:
                pass
        return None


def check(query, reply):
    end = 12
    while query[end]:
        end += query[end] + 1
    end += 5
    ok = reply[:2] == query[:2] and reply[2] & 0xFE == 0x84 and reply[3] in (0, 2)
    ok = ok and reply[4:6] == b"\0\1" and reply[12:end] == query[12:end] and reply[8:12] == b"\0\0\0\0"
    given = reply[7]
    if (
        not ok
        or len(reply) != end + 16 * given
        or given
        and reply[end + 12 :][:4] not in (ADDRESS, b"\x7f\0\0\1")
    ):
        raise Failed("wrong reply {}".format(reply), [query])
