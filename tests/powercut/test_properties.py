"""Random lives of the storage, on littlefs, FAT and NVS, against a model that a reader can check by eye."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firstlight.board.build import build

TESTS = Path(__file__).resolve().parents[1] / "firmware"
MICROPYTHON = Path(sys.executable).with_name("micropython")
NETWORKS = 16
TRIES = 3
BAD_TOKEN = 703
EMPTY: dict[str, Any] = {
    "attempt": 0,
    "error": 0,
    "detail": "",
    "ask": False,
    "firmware": "",
    "last": "",
    "refused": 0,
    "erasing": 0,
    "verified": None,
    "candidate": None,
}
State = dict[str, Any]
Step = list[Any]


def after(state: State, step: Step) -> State | None:
    """The model: what is stored when this operation has succeeded; None when there is nothing to do it to."""
    new = copy.deepcopy(state)
    name, *args = step
    verified, candidate = new["verified"], new["candidate"]
    if name == "propose":
        ssid, password, hidden, static, token, server, claim = args
        networks = [[ssid, password, hidden, static]]
        new["candidate"] = {
            "token": token,
            "server": server,
            "claim": claim,
            "tries": 0,
            "networks": networks,
        }
        new.update(attempt=new["attempt"] + 1, error=0, detail="", ask=False, last="")
    elif name == "erase":
        kept = {"attempt": new["attempt"]}
        return {**EMPTY, **kept, "erasing": new["erasing"] + 1}
    elif name == "erased":
        new["erasing"] = 0
    elif name == "asked":
        new["ask"] = False
    elif name == "ask_again":
        new.update(ask=True, candidate=None)
        if args and args[0]:
            new.update(error=args[0], detail=args[1])
    elif name == "accepted":
        if not (verified or candidate):
            return None
        if candidate and verified:
            ssid = candidate["networks"][0][0]
            others = [network for network in verified["networks"] if network[0] != ssid]
            candidate["networks"] += others[: NETWORKS - 1]
        if candidate or new["error"] == BAD_TOKEN:
            new.update(error=0, detail="")
        new["verified"] = {**(candidate or verified), "tries": 0}
        new.update(candidate=None, firmware=args[0], refused=0)
    elif not candidate:
        return None
    elif name == "claimed":
        candidate.update(token=args[0], server=args[1], claim="")
    elif name == "tries_candidate":
        candidate["tries"] = min(candidate["tries"] + 1, TRIES)
    else:
        code, detail = args
        if candidate["claim"] and code == BAD_TOKEN:
            new["refused"] = min(new["refused"] + 1, 255)
        new.update(candidate=None, error=code, detail=detail, last=candidate["networks"][0][0])
    return new


def texts(most: int) -> st.SearchStrategy[str]:
    return st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=most)


def hexes(least: int, most: int) -> st.SearchStrategy[str]:
    return st.binary(min_size=least, max_size=most).map(bytes.hex)


ssids = st.one_of(st.sampled_from(["486f6d65", "43616665"]), hexes(1, 32))
errors = st.tuples(st.just(BAD_TOKEN) | st.integers(1, 0xFFFF), st.text(max_size=40))
operations = st.one_of(
    st.tuples(
        st.just("propose"), ssids, hexes(0, 64), st.booleans(), texts(59), texts(32), texts(128), texts(8)
    ),
    st.tuples(st.just("claimed"), texts(32), texts(128)),
    st.just(("tries_candidate",)),
    st.tuples(st.just("accepted"), texts(16)),
    st.builds(lambda error: ("reject", *error), errors),
    st.builds(lambda error: ("ask_again", *error), errors),
    st.just(("ask_again",)),
    st.sampled_from([("asked",), ("erase",), ("erased",)]),
)
cuts = st.builds(lambda moment, operation: ("cut", moment, *operation), st.integers(0, 999), operations)
lives = st.lists(st.one_of(operations, operations, cuts), min_size=1, max_size=30)


@pytest.fixture(scope="module")
def device() -> Iterator[Any]:
    """A MicroPython that answers each step with what a reset finds after it."""
    process = subprocess.Popen(
        [MICROPYTHON, "-X", "heapsize=8M", TESTS / "storage_driver.py", build() / "fw", TESTS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )

    def do(step: Step) -> State:
        process.stdin.write(json.dumps(step, ensure_ascii=False) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        assert line.startswith("{"), line
        return json.loads(line)

    yield do
    process.stdin.close()
    assert process.wait(10) == 0


@pytest.mark.parametrize("volume", ["littlefs", "FAT", "NVS"])
def test_what_is_found_is_what_was_stored(device, volume):
    """After any operations, and a cut in any of them: the old or the new state of the model, no third."""

    @settings(max_examples=100, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
    @given(lives)
    def holds(steps):
        state = device(["new", volume])
        assert state == EMPTY
        for step in steps:
            cut = step[0] == "cut"
            new = after(state, step[2:] if cut else step)
            if new is None:
                continue
            found = device(step)
            assert found == new or (cut and found == state)
            state = found

    holds()
