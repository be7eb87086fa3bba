"""Mutated streams of a hostile broker to the real client, mostly over a stand-in for the socket."""

import asyncio
import gc
import io
import random
from time import ticks_diff, ticks_ms

import net.mqtt
from core import log
from fuzz import REAL, SLOW_MS, Failed, mutated, seeds
from net.mqtt import Mqtt, MqttError
from net.stream import Stream

CONNACK = b"\x20\2\0\0"
PATIENCE_MS = 20
LIMIT = 1024
WHOLE = (0, 4, 9, 13, 13, 13)  # bytes that stay: CONNACK, SUBACK, PUBACK, or few would come further
MEMORY = 24000  # bytes that one input may cost, garbage of ours and of asyncio with it,
EACH = 1000  # and for each piece that comes or goes
TELLING = (
    CONNACK, b"\x20\2\1\0", b"\x20\2\0\4", b"\x90\3\0\1\0", b"\x90\3\0\1\x80", b"\x40\2\0\2", b"\x40\2\0\0",
    b"\xd0\0", b"\x30\4\0\1aZ", b"\x32\6\0\1a\0\1Z", b"\x3a\6\0\1a\0\1Z", b"\x34", b"\x36", b"\x41", b"\x91",
    b"\0", b"\0\0", b"\0\1", b"\xff", b"\xff\xff", b"\x7f", b"\x80", b"\x80\x01", b"\xff\xff\xff\x7f",
    b"\xff\xff\xff\xff\x01", b"#", b"+", b"/", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80",
)  # fmt: skip
KINDS = ("refused", "malformed", "late", "broken off", "messages")


class Brokers:
    """A campaign; `counts` tells how the connections ended, and how many messages were taken before."""

    def __init__(self, port):
        self._port = port
        self._pool = seeds("mqtt")
        self._buffer = memoryview(bytearray(LIMIT))
        self._connect = net.mqtt.connect
        self.counts = dict.fromkeys(KINDS, 0)
        self.counting = False  # not while warming up
        self.slowest = 0  # ms
        self.latest = ()

    async def open(self):
        self._crash = None
        self._line, log._line = log._line, lambda *_: None
        asyncio.get_event_loop().set_exception_handler(self._uncaught)
        net.mqtt.connect = self._dial
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)

    async def close(self):
        self._server.close()
        await asyncio.sleep_ms(10)
        net.mqtt.connect = self._connect
        log._line = self._line
        self._sock = None

    async def run(self, inputs):
        for number in range(inputs):
            data = random.choice(self._pool)
            whole = random.choice(WHOLE)
            data = data[:whole] + mutated(data[whole:] or CONNACK, self._pool, TELLING)
            self.latest = (data,)
            self._real = not number % REAL
            self._sock = Sock(data)
            start, memory = ticks_ms(), gc.mem_alloc()
            end = await self._session()
            taken = ticks_diff(ticks_ms(), start)
            self.slowest = max(self.slowest, taken)
            problem = self._crash or end and self._unfit(end) or taken > SLOW_MS and "{} ms".format(taken)
            if not problem and not self._real and gc.mem_alloc() - memory > MEMORY + EACH * self._sock.pieces:
                problem = "{} bytes of heap".format(gc.mem_alloc() - memory)
            if problem:
                raise Failed(problem, [data])

    async def _session(self):
        """All that a client does, until the connection is over; returns why."""
        self._over = asyncio.Event()
        self._end = None
        client = Mqtt(self._received, PATIENCE_MS, self._buffer)
        jobs = []
        try:
            await client.connect("127.0.0.1", self._port, "device", "t" * 32, 1)
            jobs = [asyncio.create_task(self._until_over(job)) for job in (client.run(), client.keep_alive())]
            await client.subscribe("d/#", 1)
            await client.publish("x", "v", 1)
            await client.publish("x", "v")
            await self._over.wait()
        except Exception as e:
            self._end = self._end or e
        finally:
            for job in jobs:
                job.cancel()
            await client.close()
        if not self._sock.closed and not self._real:
            raise Failed("the socket stays open", self.latest)
        return self._end

    async def _until_over(self, job):
        try:
            await job
        except Exception as e:
            self._end = self._end or e
        self._over.set()

    def _unfit(self, end):
        """What is wrong with such an end; counts it otherwise."""
        if isinstance(end, MqttError):
            if "memory" in str(end):  # nothing that a peer sends makes us ask for that much
                return repr(end)
            late = "in time" in str(end)
            kind = "late" if late else "refused" if end.code else "malformed"
        elif isinstance(end, asyncio.TimeoutError):
            kind = "late"
        elif isinstance(end, (OSError, EOFError)):
            kind = "broken off"
        else:
            return repr(end)
        self.counts[kind] += self.counting

    def _received(self, topic, payload, retained):
        fit = topic and len(topic) + len(payload) < LIMIT
        if not fit or "#" in topic or "+" in topic or "\0" in topic:
            self._crash = "took " + repr(topic)
        self.counts["messages"] += self.counting

    async def _dial(self, host, port, tls):
        if self._real:
            return await self._connect(host, port, tls)
        return Stream(self._sock)

    async def _serve(self, stream, _):
        """The same over TCP."""
        try:
            stream.write(self.latest[0])
            await stream.drain()
            await asyncio.wait_for_ms(stream.read(-1), 2 * PATIENCE_MS)
        except (OSError, asyncio.TimeoutError):
            pass
        finally:
            await stream.wait_closed()

    def _uncaught(self, loop, context):
        self._crash = "uncaught: " + repr(context["exception"])


class Sock(io.IOBase):
    """A peer that sends in pieces of any size, takes as little as it likes, and then leaves or is silent."""

    def __init__(self, data):
        self._data = data
        self._at = 0
        self._silent = not random.getrandbits(7)
        self._deaf = not random.getrandbits(7)
        self.pieces = 0
        self.closed = False

    def ioctl(self, request, flags):
        if request != 3:
            return 0
        readable = self._at < len(self._data) or not self._silent
        return flags & ((1 if readable else 0) | (0 if self._deaf else 4))

    def setblocking(self, flag):
        pass

    def close(self):
        self.closed = True
        self._data = b""  # asyncio's queue may keep a finished task, and so this, for a while

    def readinto(self, block):
        self.pieces += 1
        left = len(self._data) - self._at
        if not random.getrandbits(5) or not left and self._silent:
            return None
        count = min(left, len(block), 1 << random.getrandbits(4))
        block[:count] = self._data[self._at : self._at + count]
        self._at += count
        return count

    def write(self, data):
        self.pieces += 1
        if self._deaf or not random.getrandbits(5):
            return None
        return min(len(data), 1 << random.getrandbits(4)) if not random.getrandbits(3) else len(data)
