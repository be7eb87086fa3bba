"""Our MQTT client in a MicroPython of its own, for tests with real brokers, and an amqtt for it."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from amqtt.broker import Broker
from amqtt.contexts import BrokerConfig, ListenerConfig
from amqtt.plugins.base import BaseAuthPlugin
from amqtt.session import Session

from brokers import free_port
from firstlight.board.build import build

_MICROPYTHON = Path(sys.executable).with_name("micropython")
_DRIVER = Path(__file__).parents[1] / "firmware/mqtt_driver.py"
_ANSWER_S = 10


class Failed(Exception):
    """What the client raised: the name of the exception, its text, and its code if it has one."""

    def __init__(self, kind: str, text: str, code: int | None) -> None:
        super().__init__(kind, text, code)
        self.kind = kind
        self.text = text
        self.code = code


class Device:
    """The client and what it told: `messages`, the log, and how its connection ended."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._answers: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.messages: asyncio.Queue[tuple[str, str, bool]] = asyncio.Queue()
        self.log: list[str] = []
        self.over: asyncio.Queue[Failed] = asyncio.Queue()

    async def do(self, operation: str, **arguments: Any) -> Any:
        """Return what the operation returns. Raises Failed."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps([operation, arguments]).encode() + b"\n")
        answer = await asyncio.wait_for(self._answers.get(), _ANSWER_S)
        if "failed" in answer:
            raise Failed(answer["failed"], answer["text"], answer["code"])
        return answer["done"]

    async def connect(self, port: int, host: str = "localhost", **how: Any) -> bool:
        how = {"password": "t" * 32, "keepalive_s": 45, **how}
        return await self.do("connect", host=host, port=port, **how)

    async def heard(self, seconds: float = 5) -> tuple[str, str, bool]:
        """Return the next message."""
        return await asyncio.wait_for(self.messages.get(), seconds)

    async def ended(self, seconds: float = 5) -> Failed:
        return await asyncio.wait_for(self.over.get(), seconds)

    async def listen(self) -> None:
        assert self._process.stdout
        async for raw in self._process.stdout:
            line = raw.decode().rstrip()
            told = json.loads(line) if line.startswith("{") else {}
            if "message" in told:
                self.messages.put_nowait(tuple(told["message"]))
            elif "over" in told:
                self.over.put_nowait(Failed(told["over"], told["text"], told["code"]))
            elif told:
                self._answers.put_nowait(told)
            else:
                self.log.append(line)


@asynccontextmanager
async def device() -> AsyncIterator[Device]:
    """A client that is not connected yet."""
    process = await asyncio.create_subprocess_exec(
        _MICROPYTHON, _DRIVER, build() / "fw", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    found = Device(process)
    listening = asyncio.create_task(found.listen())
    try:
        yield found
    finally:
        process.kill()
        await process.wait()
        await listening


USERS = {"device": "t" * 32, "owner": "secret"}


class Known(BaseAuthPlugin):
    """Lets USERS in. (amqtt's own plugin for anonymous clients would keep no messages for them.)"""

    async def authenticate(self, *, session: Session) -> bool:
        return USERS.get(session.username or "") == session.password


@asynccontextmanager
async def amqtt() -> AsyncIterator[int]:
    """The port of an amqtt."""
    logging.getLogger("amqtt").setLevel(logging.ERROR)
    logging.getLogger("transitions").setLevel(logging.ERROR)
    port = free_port()
    listener = ListenerConfig(bind=f"127.0.0.1:{port}")
    broker = Broker(BrokerConfig(listeners={"default": listener}, plugins={f"{__name__}.Known": {}}))
    await broker.start()
    try:
        yield port
    finally:
        await broker.shutdown()
