"""amqtt as the switchboard behind the door: acknowledgements, subscriptions, delivery.

amqtt 0.12.1 on its own would let strangers in further than we want, as reading its source shows: it drops the
session of any client whose id an unauthenticated CONNECT repeats (broker.py, `_initialize_client_session`),
keeps an entry for every refused login, leaves the old connection open when a clean session is taken over,
never ends a silent connection (broker_handler.py, `handle_read_timeout`), waits for ever for the first
packet, reads packets of 256 MB, and publishes a client's will without asking the topic filter. So it gets no
socket of its own: its one listener is of the "external" type, and `door.py` feeds it connections that were
admitted and packets that were checked.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from amqtt.adapters import ReaderAdapter, WriterAdapter
from amqtt.broker import Broker
from amqtt.contexts import BrokerConfig, ListenerConfig, ListenerType
from amqtt.plugins.base import BaseAuthPlugin
from amqtt.session import ApplicationMessage, Session

_LISTENER = "default"

Received = Callable[[str, str, bytes], None]


class Switchboard:
    """A broker for connections that are already trusted.

    `received(client_id, topic, payload)` is called for every message that a client published, once, in order.
    """

    def __init__(self, received: Received) -> None:
        self._received = received
        self._broker: Broker | None = None

    async def start(self) -> None:
        """Start the broker; no socket is opened."""
        for chatter in ("amqtt", "transitions"):
            if logging.getLogger(chatter).level == logging.NOTSET:  # leave it to anyone who chose a level
                logging.getLogger(chatter).setLevel(logging.ERROR)
        plugin = f"{SwitchboardPlugin.__module__}.{SwitchboardPlugin.__name__}"
        config = BrokerConfig(
            listeners={_LISTENER: ListenerConfig(type=ListenerType.EXTERNAL)},
            plugins={plugin: {"received": self._received}},  # these alone: none of amqtt's own is loaded
        )
        self._broker = Broker(config)
        await self._broker.start()

    async def stop(self) -> None:
        """Stop the broker; its connections should have ended."""
        if self._broker:
            await self._broker.shutdown()
            self._broker = None

    async def serve(self, reader: ReaderAdapter, writer: WriterAdapter) -> None:
        """Serve one connection, from its CONNECT to its end."""
        await self._started.external_connected(reader, writer, _LISTENER)

    async def publish(self, topic: str, payload: bytes) -> None:
        """Send a message, at QoS 0, to whoever subscribed to its topic."""
        await self._started.internal_message_broadcast(topic, payload, 0)

    @property
    def _started(self) -> Broker:
        if self._broker is None:
            raise RuntimeError("the broker is not running")
        return self._broker


class SwitchboardPlugin(BaseAuthPlugin):
    """What amqtt calls: everyone who comes through the door is known, and what they publish is passed on.

    There is no topic plugin: the door confines each device to its branch. (With one, amqtt awaits between two
    steps over its table of subscriptions, and fails when another client changes that table in between.)
    """

    @dataclass
    class Config(BaseAuthPlugin.Config):
        """Made by amqtt from the dictionary in `Switchboard.start`."""

        received: Any

    async def authenticate(self, *, session: Session) -> bool:
        """Admit: the door has checked the token."""
        return True

    async def on_broker_message_broadcast(self, *, client_id: str, message: ApplicationMessage) -> None:
        """Pass a published message on; amqtt calls this once for each, also at QoS 2."""
        self.config.received(client_id, message.topic, bytes(message.data))
