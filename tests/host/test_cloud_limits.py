"""The limit on guessing, by itself."""

from __future__ import annotations

from cloud_support import Clock
from firstlight.cloud import limits
from firstlight.cloud.api.desk import Desk
from firstlight.cloud.limits import Limit
from firstlight.cloud.problems import Problem


def test_tries_that_are_old_do_not_count() -> None:
    clock = Clock()
    limit = Limit(2, 10, clock)
    assert limit.take("a") == 0
    clock.now += 9
    assert limit.take("a") == 0
    assert limit.take("a") == 10
    clock.now += 10
    assert limit.take("a") == 0


def test_keys_have_nothing_to_do_with_each_other() -> None:
    limit = Limit(1, 10, Clock())
    assert [limit.take("a"), limit.take("b"), limit.take("a")] == [0, 0, 10]
    limit.give_back("a")
    limit.give_back("never seen")
    assert [limit.take("a"), limit.take("b")] == [0, 10]


def test_memory_is_bounded(monkeypatch) -> None:
    monkeypatch.setattr(limits, "_MOST_KEYS", 3)
    limit = Limit(1, 10, Clock())
    for key in "abcd":
        limit.take(key)
    assert limit.take("d") == 10 and limit.take("a") == 0


def test_claims_are_limited_over_all_addresses_too() -> None:
    desk = Desk(*[None] * 4, clock=Clock(), server_of=str)
    for number in range(1000):
        desk.count_claim(f"10.0.{number // 250}.{number % 250}")
    try:
        desk.count_claim("10.1.1.1")
    except Problem as problem:
        refused = problem
    assert (refused.status, refused.retry_after) == (429, 600)
    desk.claim_was_right("10.0.0.0")
    desk.count_claim("10.1.1.1")
