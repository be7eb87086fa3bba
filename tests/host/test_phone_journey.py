"""The whole way of a phone: from the portal to a device online at the cloud, or to the reason why not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from cloud_support import EMAIL, PASSWORD, Running, Wire, in_loop, running
from firstlight.errors import UserError
from firstlight.phone import CloudAccount, Portal, ProvisioningFailed, Step, journey, provision
from phone_support import INVALID, OLD_INFO, FakePortal, fake_portal

TOKEN = "A-_z" * 8


class Scene:
    """A cloud, a signed-in account, a portal, and a device behind it that does as its portal was told."""

    def __init__(self, here: Running, fake: FakePortal, account: CloudAccount, portal: Portal) -> None:
        self.here, self.fake, self.account, self.portal = here, fake, account, portal
        self.steps: list[Step] = []
        self.tasks: list[asyncio.Task[Wire]] = []
        self.clients: list[Wire] = []

    async def provision(self, **wishes: Any):
        return await provision(
            self.portal, "Home", "secret pass", account=self.account, on_step=self.steps.append, **wishes
        )

    def joins(self, fields: dict[str, str]) -> None:
        """As a device: close the portal and log in with what was given."""
        self.fake.closed = True
        self.tasks.append(asyncio.create_task(self._log_in(fields)))

    def fails_with(self, code: int, **more: Any) -> None:
        """As a device: close the portal on a configuration, and come back with an error."""

        async def come_back() -> None:
            await asyncio.sleep(0.1)
            self.fake.info |= {"last_error": code, **more}
            self.fake.closed = False

        def configured(_: dict[str, str]) -> None:
            self.fake.closed = True
            self.tasks.append(asyncio.create_task(come_back()))

        self.fake.configured = configured

    async def _log_in(self, fields: dict[str, str]) -> None:
        if "claim" in fields:
            fields = (await self.here.claim(fields["claim"])).json() | {"blynk": ""}
            fields["blynk"] = fields["token"]
        self.clients.append(await self.here.wire({"token": fields["blynk"]}))

    def names(self) -> list[str]:
        return [step.name for step in self.steps]


@asynccontextmanager
async def scene(directory: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    monkeypatch.setattr(journey, "_LOOK_EVERY", 0.03)
    async with (
        running(directory) as here,
        fake_portal() as fake,
        CloudAccount(here.cloud.url) as account,
        Portal(fake.url) as portal,
    ):
        await account.sign_in(EMAIL, PASSWORD)
        set_up = Scene(here, fake, account, portal)
        fake.configured = set_up.joins
        yield set_up
        await asyncio.gather(*set_up.tasks)


@in_loop
async def test_a_token_brings_a_device_online(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene(tmp_path, monkeypatch) as at:
        done = await at.provision(template="TMPL1", name="Kitchen lamp")
        assert done.device and done.device["online"] and done.device["name"] == "Kitchen lamp"
        steps = [name for name in at.names() if name != "portal-gone"]  # seen or not, the device is quick
        assert steps == ["token", "board-info", "scan", "configure", "waiting", "online"]
        assert at.steps[2].text == "the device sees Home at -48 dBm" and not at.steps[2].warning
        fields = at.fake.fields()
        assert fields["host"] == at.here.cloud.server_of(done.device["id"])
        assert fields["ssid"] == "Home" and fields["pass"] == "secret pass" and len(fields["blynk"]) == 32
        told = " ".join(step.text for step in at.steps)
        assert "secret" not in told and fields["blynk"] not in told


@in_loop
async def test_a_claim_code_does_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene(tmp_path, monkeypatch) as at:
        await at.here.wire(await at.here.new_token("TMPL1", "An older one"))
        done = await at.provision(claim_code=True, name="Kitchen lamp")
        assert done.device and done.device["name"] == "Kitchen lamp"
        # No template was given, so the device is asked first.
        assert at.names()[:3] == ["board-info", "claim-code", "scan"]
        fields = at.fake.fields()
        assert len(fields["claim"]) == 8 and not {"blynk", "host"} & set(fields)
        assert fields["claim"] not in " ".join(step.text for step in at.steps)


@in_loop
async def test_a_lost_answer_is_not_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene(tmp_path, monkeypatch) as at:
        at.fake.config = None
        done = await at.provision(template="TMPL1")
        assert done.device and done.device["name"] == "TMPL1"
        assert [step.name for step in at.steps if step.warning] == ["configure"]


@in_loop
async def test_the_device_says_what_went_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene(tmp_path, monkeypatch) as at:
        at.fails_with(722, last_error_detail="reason 15")
        with pytest.raises(ProvisioningFailed, match="Wi-Fi password") as caught:
            await at.provision(template="TMPL1")
        assert (caught.value.code, caught.value.detail) == (722, "reason 15")
        # The same again: the error of the first try is told, and not taken for that of the second.
        at.steps.clear()
        at.fails_with(722)
        at.fake.info["last_error"] = 701
        with pytest.raises(ProvisioningFailed) as caught:
            await at.provision(template="TMPL1")
        assert caught.value.code == 722
        (told,) = [step for step in at.steps if step.name == "last-error"]
        assert told.warning and "could not join the network in time" in told.text


@in_loop
async def test_an_old_error_does_not_end_a_new_try(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that keeps its access point open while it tries, as an ESP32 can, still shows an old error."""
    async with scene(tmp_path, monkeypatch) as at:
        at.fake.info |= {"last_error": 722, "attempt": 1}

        async def later(fields: dict[str, str]) -> None:
            await asyncio.sleep(0.2)
            at.joins(fields)

        at.fake.configured = lambda fields: at.tasks.append(asyncio.create_task(later(fields)))
        assert (await at.provision(template="TMPL1")).device

        at.fake.closed = False
        at.fake.configured = lambda fields: at.fake.info.update(attempt=2)
        with pytest.raises(ProvisioningFailed) as caught:
            await at.provision(template="TMPL1")
        assert caught.value.code == 722


@in_loop
async def test_silence_ends_in_words_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene(tmp_path, monkeypatch) as at:
        at.fake.configured = lambda fields: setattr(at.fake, "closed", True)
        with pytest.raises(ProvisioningFailed, match="check its power") as caught:
            await at.provision(template="TMPL1", timeout=0.2)
        assert caught.value.code == 0
        at.fake.closed = False
        at.fake.configured = lambda fields: None
        with pytest.raises(ProvisioningFailed, match="still open") as caught:
            await at.provision(template="TMPL1", timeout=0.2)
        assert caught.value.code == 0


@in_loop
async def test_the_wrong_product_gets_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene(tmp_path, monkeypatch) as at:
        with pytest.raises(UserError, match="the device is a TMPL1, not a TMPL2"):
            await at.provision(template="TMPL2")
        at.fake.info["tmpl_id"] = ""
        with pytest.raises(UserError, match="--template"):
            await at.provision()
        assert not any(target.startswith("/config") for target in at.fake.asked)


@in_loop
async def test_a_hidden_or_unlisted_network_is_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene(tmp_path, monkeypatch) as at:
        for networks in ([], b'[{"ssid":"not "escaped""}]'):
            at.fake.networks, at.fake.closed = networks, False
            at.steps.clear()
            assert (await at.provision(template="TMPL1")).device
            assert [step.name for step in at.steps if step.warning] == ["scan"]


@in_loop
async def test_without_a_cloud_only_the_portal_can_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journey, "_LOOK_EVERY", 0.03)
    async with fake_portal() as fake, Portal(fake.url) as portal:
        steps: list[Step] = []

        async def attempt() -> Any:
            wishes = {"token": TOKEN, "host": "blynk.cloud", "timeout": 0.2}
            return await provision(portal, b"Home", b"", on_step=steps.append, **wishes)

        fake.info = dict(OLD_INFO)
        fake.configured = lambda fields: setattr(fake, "closed", True)
        assert (await attempt()).device is None
        assert steps[-1].name == "portal-gone" and "only its cloud can tell" in steps[-1].text
        assert fake.fields()["blynk"] == TOKEN

        fake.closed = False
        fake.configured = lambda fields: fake.info.update(last_error=703)
        with pytest.raises(ProvisioningFailed, match="refused its token"):
            await attempt()
        fake.config = INVALID
        with pytest.raises(ProvisioningFailed) as caught:
            await attempt()
        assert caught.value.code == 700
