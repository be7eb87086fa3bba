"""The connecting states: what follows which failure, with candidate and with verified credentials."""

import asyncio

from core.backoff import Backoff
from core.clock import Deadline
from provisioning import errors
from provisioning.agent import (
    CONFIGURING,
    CONNECTING_CLOUD,
    CONNECTING_NET,
    LOST,
    REBOOT,
    REFUSED,
    RUNNING,
    WAIT_CONFIG,
)
from provisioning.errors import Failure
from provisioning.states import connecting_cloud, connecting_net, running, wait_config


class Product:
    FIRMWARE_VERSION = "1.0"
    CLOUD_TIMEOUT_S = 2
    LOST_S = 600
    REFUSED_S = 0.05
    STABLE_S = 0.05
    CONFIG_WINDOW_S = 0.2


class Account:
    claim = token = ""
    networks = ("Home",)


class Credentials:
    def __init__(self, verified=True):
        self.verified = Account() if verified else None
        self.candidate = None if verified else Account()
        self.ready = verified
        self.window = 0
        self.done = []

    def tries_candidate(self):
        return True

    def reject(self, code, detail):
        self.done.append(("reject", code))
        self.candidate = None

    def ask_again(self, code=0, detail="", window=0):
        self.done.append(("ask", code, window))
        self.window = window

    def accepted(self, firmware, *place):
        self.done.append(("accepted",) + place)

    def asked(self):
        self.done.append("asked")


class Connection:
    """Fails with these codes, one a try, and then works."""

    place = ("Home", b"\x02abcde")
    command = None
    stable = False

    def __init__(self, *codes):
        self.codes = list(codes)
        self.done = []
        self.on = False

    async def _try(self, what):
        self.done.append(what)
        if self.codes:
            raise Failure(self.codes.pop(0))

    async def join(self, network):
        await self._try("join")

    async def find(self, account):
        await self._try("find")

    async def open(self, account):
        await self._try("open")

    async def serve(self):
        await self._try("serve")

    def joined(self):
        return self.on

    def leave(self):
        self.done.append("leave")

    def doubt(self):
        self.done.append("doubt")


class Portal:
    def __init__(self):
        self.visited = asyncio.Event()
        self.wanted = None
        self.up = False

    def open(self):
        self.up = True

    def close(self):
        self.up = False


class Agent:
    live = False
    lost = search = None
    dual = True

    def __init__(self, *codes, verified=True):
        self.product = Product()
        self.credentials = Credentials(verified)
        self.connection = Connection(*codes)
        self.portal = Portal()
        self.net_backoff, self.cloud_backoff = Backoff(1, 20), Backoff(1, 20)

    def rejected(self):
        return WAIT_CONFIG

    def ask(self, failure, window):
        self.credentials.ask_again(failure.code, failure.detail, window)
        return True


async def test_a_network_that_is_away_is_tried_for_ever():
    agent = Agent(720, 722, 720)
    for _ in range(3):
        assert await connecting_net.run(agent) == CONNECTING_NET
    assert await connecting_net.run(agent) == CONNECTING_CLOUD
    assert agent.connection.done == ["find"] * 4 and agent.credentials.done == [] and agent.lost is None


async def test_the_cloud_is_tried_soon_after_the_network_was_away():
    for codes, soon in (((720,), True), ((), False)):
        agent = Agent(*codes)
        agent.cloud_backoff = Backoff(1, 60000)
        for _ in range(20):
            agent.cloud_backoff.next()
        while await connecting_net.run(agent) != CONNECTING_CLOUD:
            pass
        assert (agent.cloud_backoff.next() <= 1) == soon


async def test_a_network_that_is_still_there_is_not_joined_again():
    agent = Agent(720)
    agent.connection.on = True
    assert await connecting_net.run(agent) == CONNECTING_CLOUD and agent.connection.done == []


async def test_a_candidate_has_one_try_of_the_network():
    agent = Agent(722, verified=False)
    assert await connecting_net.run(agent) == WAIT_CONFIG
    assert agent.credentials.done == [("reject", 722)] and agent.connection.done == ["join"]
    agent = Agent(verified=False)
    assert await connecting_net.run(agent) == CONNECTING_CLOUD


async def test_after_long_without_network_there_is_one_window():
    agent = Agent(720, 720, 720, 720)
    assert await connecting_net.run(agent) == CONNECTING_NET
    agent.lost = Deadline(0)
    assert await connecting_net.run(agent) == WAIT_CONFIG
    assert agent.credentials.done == [("ask", 720, LOST)]
    assert await connecting_net.run(agent) == CONNECTING_NET  # not twice
    for dual, seconds in ((False, 600), (True, 0)):
        agent = Agent(720)
        agent.lost, agent.dual, agent.product.LOST_S = Deadline(0), dual, seconds
        assert await connecting_net.run(agent) == CONNECTING_NET and not agent.credentials.done


async def test_the_cloud_accepts():
    agent = Agent()
    assert await connecting_cloud.run(agent) == RUNNING
    assert agent.credentials.done == [("accepted", "Home", b"\x02abcde")]


async def test_a_candidate_may_meet_a_broken_connection():
    agent = Agent(702, 710, verified=False)
    agent.product.CLOUD_TIMEOUT_S = 10
    assert await connecting_cloud.run(agent) == RUNNING
    assert agent.connection.done == ["open"] * 3


async def test_a_candidate_that_is_refused_is_not_tried_again():
    for code in (700, 703, 711, 712):
        agent = Agent(code, verified=False)
        assert await connecting_cloud.run(agent) == WAIT_CONFIG
        assert agent.connection.done == ["open", "leave"] and agent.credentials.done == [("reject", code)]


async def test_a_candidate_ends_with_its_time():
    agent = Agent(verified=False)
    agent.product.CLOUD_TIMEOUT_S = 0.05
    agent.connection.open = lambda account: asyncio.sleep(5)
    assert await connecting_cloud.run(agent) == WAIT_CONFIG
    assert agent.credentials.done == [("reject", errors.CLOUD_TIMEOUT)]


async def test_verified_credentials_doubt_the_network_and_go_on():
    agent = Agent(702)
    assert await connecting_cloud.run(agent) == CONNECTING_NET
    assert agent.connection.done == ["open", "doubt"] and agent.credentials.done == []


async def test_a_refused_token_opens_one_window_and_is_then_tried_now_and_then():
    agent = Agent(703, 703, 703)
    assert await connecting_cloud.run(agent) == WAIT_CONFIG
    assert agent.credentials.done == [("ask", 703, REFUSED)]
    agent.product.REFUSED_S = 0.3
    agent.connection.on = True
    asked = Deadline(250)
    assert await connecting_cloud.run(agent) == CONNECTING_NET and not asked.left()
    assert len(agent.credentials.done) == 1


async def test_between_two_logins_there_is_a_wait_which_ends_with_the_network():
    agent = Agent(702, 702)
    agent.cloud_backoff = Backoff(60000, 60000)
    agent.connection.on = True
    assert await connecting_cloud.run(agent) == CONNECTING_NET  # the first try of all is made at once
    await asyncio.sleep(0)
    waiting = asyncio.create_task(connecting_cloud.run(agent))
    await asyncio.sleep_ms(100)
    agent.connection.on = False
    assert await waiting == CONNECTING_NET
    assert agent.connection.done.count("open") == 1


async def test_running_ends_where_the_network_says():
    agent = Agent(702)
    assert await running.run(agent) == CONNECTING_NET
    agent = Agent(702)
    agent.connection.on = True
    assert await running.run(agent) == CONNECTING_CLOUD


async def test_a_session_that_lasted_starts_the_backoff_anew():
    agent = Agent()
    for _ in range(6):
        agent.cloud_backoff.next()

    agent.connection.stable = True
    assert await running.run(agent) == CONNECTING_NET
    assert agent.cloud_backoff.next() <= 2


async def test_a_command_ends_in_a_restart():
    for command, asks in (("reboot", []), ("reconfigure", [("ask", 0, 0)])):
        agent = Agent()
        agent.connection.command = command
        assert await running.run(agent) == REBOOT and agent.credentials.done == asks


async def test_the_lost_network_is_looked_for_beside_the_access_point():
    agent = Agent()
    ended = []

    async def search():
        try:
            await asyncio.sleep(5)
        finally:
            ended.append(1)

    agent.search = search
    assert await wait_config.run(agent) == CONNECTING_NET and not ended  # nothing was lost
    agent.credentials.window = LOST
    assert await wait_config.run(agent) == CONNECTING_NET and not agent.portal.up
    agent.portal.visited.set()
    assert await wait_config.run(agent) == CONFIGURING and agent.portal.up
    await asyncio.sleep(0)
    assert len(ended) == 2  # a phone has come: it is served in peace
