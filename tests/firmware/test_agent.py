import asyncio
import sys

from provisioning import agent as module
from provisioning.agent import (
    CONFIG_STATES,
    CONFIGURING,
    CONNECTING_NET,
    ERROR,
    IDLE,
    NEXT,
    REBOOT,
    RESET_CONFIG,
    RUN_STATES,
    RUNNING,
    WAIT_CONFIG,
    Agent,
    first_state,
    leads,
)

STATES = set(CONFIG_STATES) | set(RUN_STATES)


class Light:
    def __init__(self):
        self.shown = []

    def show(self, name):
        self.shown.append(name)


class Stored:
    ask = False
    erasing = 0
    candidate = None
    ready = False


def make(states):
    """An agent whose states are these functions; resets are counted."""
    resets = []
    agent = Agent(None, "", None, Stored(), Light(), lambda: resets.append(1))
    agent.resets = resets
    module._load = lambda state: states[state]
    return agent


def leads_to(state):
    async def run(agent):
        return state

    return run


async def forever(agent):
    await asyncio.sleep(100)


def test_every_state_is_in_the_table_and_reaches_a_reset():
    rows = dict([row.split(": ") for row in NEXT.strip().split("\n")])
    for state, successors in rows.items():
        for successor in successors.split():
            assert successor in STATES and leads(state, successor)
        assert leads(state, RESET_CONFIG) or leads(state, REBOOT), state
    assert set(rows) == STATES - {REBOOT}


def test_nothing_else_is_in_the_table():
    assert leads(ERROR, REBOOT) and not leads(ERROR, IDLE)
    assert not leads(REBOOT, IDLE) and not leads("", IDLE) and not leads("NET", "CONNECTING_CLOUD")
    assert not leads(IDLE, None) and not leads(IDLE, "REB") and not leads(IDLE, IDLE)


def test_first_state():
    stored = Stored()
    assert first_state(stored) == WAIT_CONFIG
    stored.ready = True
    assert first_state(stored) == CONNECTING_NET
    stored.ask = True
    assert first_state(stored) == WAIT_CONFIG
    stored.ask, stored.ready, stored.candidate = False, False, object()
    assert first_state(stored) == CONNECTING_NET
    stored.erasing = 1
    assert first_state(stored) == RESET_CONFIG


async def test_states_follow_and_the_light_with_them():
    agent = make({WAIT_CONFIG: leads_to(CONFIGURING), CONFIGURING: leads_to(REBOOT)})
    await agent.run(WAIT_CONFIG, CONFIG_STATES)
    assert (
        agent.indicator.shown == [WAIT_CONFIG, CONFIGURING] and agent.resets == [1] and agent.state == REBOOT
    )


async def test_every_illegal_transition_raises():
    for state in STATES:
        for successor in STATES:
            if state == REBOOT or leads(state, successor):
                continue
            agent = make({state: leads_to(successor)})
            try:
                await agent.run(state, STATES)
            except ValueError:
                continue
            raise AssertionError((state, successor))


async def test_the_other_personality_is_reached_by_a_reset():
    agent = make({CONNECTING_NET: leads_to(WAIT_CONFIG)})
    await agent.run(CONNECTING_NET, RUN_STATES)
    assert agent.resets == [1] and agent.state == CONNECTING_NET


async def test_a_request_cancels_the_running_state():
    cleaned = []

    async def running(agent):
        try:
            await asyncio.sleep(100)
        finally:
            cleaned.append(1)

    agent = make({RUNNING: running, RESET_CONFIG: leads_to(REBOOT)})
    task = asyncio.create_task(agent.run(RUNNING, RUN_STATES))
    await asyncio.sleep_ms(10)
    agent.request(IDLE)  # not in RUNNING's row: nothing happens
    await asyncio.sleep_ms(10)
    assert agent.state == RUNNING
    agent.request(RESET_CONFIG)
    await task
    assert cleaned == [1] and agent.indicator.shown == [RUNNING, RESET_CONFIG] and agent.resets == [1]


async def test_an_exception_leads_to_error():
    async def breaks(agent):
        raise ValueError("broken")

    agent = make({RUNNING: breaks, ERROR: leads_to(REBOOT)})
    await agent.run(RUNNING, RUN_STATES)
    assert agent.indicator.shown == [RUNNING, ERROR]


def test_states_are_files_imported_when_entered():
    for name in ("idle", "running", "wait_config"):
        assert "provisioning.states." + name not in sys.modules
    assert module._load(IDLE) and "provisioning.states.idle" in sys.modules
    assert "provisioning.states.running" not in sys.modules
