"""The MQTT door: lets devices in by token, keeps each to its own topics, limits, and time.

What passes is handed to the switchboard (`broker.py`); everything a stranger could abuse is settled here.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable

from amqtt.adapters import StreamWriterAdapter

from firstlight.cloud import packets
from firstlight.cloud.broker import Switchboard
from firstlight.cloud.packets import BadPacket, Login
from firstlight.cloud.visit import LARGEST, Visit

CONNECT_WITHIN = 10  # seconds from the connection to its CONNECT
PONG_WITHIN = 5  # seconds for the PUBACK of a ping
LONGEST_CLIENT_ID = 64  # characters, as at Blynk.Cloud
USER = "device"

log = logging.getLogger(__name__)

Admit = Callable[[str], Awaitable[str | None]]
Uplink = Callable[[str, str, bytes], None]


class Door:
    """Listens for devices.

    `admit(token)` returns the device that the token belongs to, or None. `uplink(device_id, path, payload)`
    gets what a device published, with the `devices/ID/` taken off its topic.

    Inside, a connection goes by a client id that the door makes up. What a device calls itself is checked for
    its length and forgotten, so no device can push out another by choosing its client id.
    """

    def __init__(self, admit: Admit, uplink: Uplink) -> None:
        self._admit = admit
        self._uplink = uplink
        self._switchboard = Switchboard(self._received)
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._visits: dict[str, Visit] = {}  # by client id; every connection that was admitted
        self._present: dict[str, Visit] = {}  # by device; the newest of each
        self._admission = asyncio.Lock()
        self._count = 0

    async def start(self, listener: socket.socket) -> None:
        """Listen on a bound socket. TLS goes here: `start_server(…, ssl=context)` changes nothing else."""
        await self._switchboard.start()
        self._server = await asyncio.start_server(self._connected, sock=listener)

    async def stop(self) -> None:
        """Close the door and every connection."""
        if self._server:
            self._server.close()
        for visit in list(self._visits.values()):
            visit.end()
        for task in self._tasks - {visit.task for visit in self._visits.values()}:
            task.cancel()  # not admitted yet, nothing to end in order
        if self._tasks:
            await asyncio.wait(self._tasks)
        if self._server:
            await self._server.wait_closed()
        await self._switchboard.stop()

    def online(self, device_id: str) -> bool:
        """Tell whether the device is connected now."""
        return device_id in self._present

    async def send(self, device_id: str, path: str, payload: bytes) -> None:
        """Publish `payload` to `devices/ID/path`, at QoS 0."""
        await self._switchboard.publish(branch(device_id) + path, payload)

    async def ping(self, device_id: str) -> bool:
        """Publish `downlink/ping` to a device at QoS 1; tell whether its PUBACK came within PONG_WITHIN."""
        visit = self._present.get(device_id)
        return visit is not None and await visit.ping(branch(device_id) + "downlink/ping", PONG_WITHIN)

    async def dismiss(self, device_id: str, revoke: Awaitable[None]) -> None:
        """Await `revoke`, which makes the token worthless, and close the device's connection.

        No login is between its check and its entry meanwhile, so none can slip through.
        """
        async with self._admission:
            await revoke
            if visit := self._present.get(device_id):
                log.info("device %s: dismissed", device_id)
                visit.end()

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._receive(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("a connection ended with an error of ours", exc_info=error)

    async def _receive(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            login = await asyncio.wait_for(_first_packet(reader), CONNECT_WITHIN)
            visit, code = await self._enter(login, reader, writer)
            if visit:
                await self._attend(visit)
            else:
                writer.write(packets.connack(code))
                await writer.drain()
        except (BadPacket, OSError, asyncio.IncompleteReadError, asyncio.TimeoutError) as error:
            log.info("a connection was closed before it was admitted: %s", error or "no CONNECT in time")
        finally:
            writer.close()

    async def _enter(
        self, login: Login, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> tuple[Visit | None, int]:
        """Return the visit that `login` opens, or None and the CONNACK code that refuses it."""
        if login.level != 4:
            return None, packets.BAD_PROTOCOL
        if len(login.client_id) > LONGEST_CLIENT_ID or not (login.client_id or login.clean):  # 3.1.3.1
            return None, packets.BAD_CLIENT_ID
        async with self._admission:
            known = login.user == USER and login.password is not None
            device_id = await self._admit(login.password or "") if known else None
            if device_id is None:
                log.info("a login was refused: unknown user or token")
                return None, packets.BAD_CREDENTIALS
            if login.will and not login.will[0].startswith(branch(device_id)):
                log.warning("device %s: its will is for a topic outside its branch", device_id)
                return None, packets.NOT_AUTHORISED
            self._count += 1
            visit = Visit(f"{device_id}.{self._count}", device_id, branch(device_id), login, reader, writer)
            if older := self._present.get(device_id):
                log.info("device %s: a newer connection takes over", device_id)
                older.end()
            self._visits[visit.client_id] = self._present[device_id] = visit
            return visit, packets.ACCEPTED

    async def _attend(self, visit: Visit) -> None:
        log.info("device %s: online", visit.device_id)
        try:
            await self._switchboard.serve(visit, StreamWriterAdapter(visit.writer))
        finally:
            del self._visits[visit.client_id]
            if visit.login.will and not visit.said_goodbye:
                topic, payload = visit.login.will
                self._uplink(visit.device_id, topic.removeprefix(visit.branch), payload)
            else:
                self._uplink(visit.device_id, "", b"")  # seen until now
            if self._present.get(visit.device_id) is visit:
                del self._present[visit.device_id]
                log.info("device %s: offline", visit.device_id)

    def _received(self, client_id: str, topic: str, payload: bytes) -> None:
        if visit := self._visits.get(client_id):
            self._uplink(visit.device_id, topic.removeprefix(visit.branch), payload)


async def _first_packet(reader: asyncio.StreamReader) -> Login:
    return packets.parse_connect(await packets.read_packet(reader, LARGEST))


def fits(device_id: str, path: str, payload: bytes) -> bool:
    """Tell whether a message to `devices/ID/path` is within what a packet may hold."""
    return 2 + len((branch(device_id) + path).encode()) + len(payload) <= LARGEST


def branch(device_id: str) -> str:
    """Return the start of every topic of a device."""
    return f"devices/{device_id}/"
