"""The phone's two clients by themselves: what goes over the wire, and what each failure is called."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from cloud_support import EMAIL, PASSWORD, in_loop, running
from firstlight.errors import UserError
from firstlight.phone import (
    ADVICE,
    CloudAccount,
    CloudError,
    Portal,
    PortalUnreachable,
    ProvisioningFailed,
    advice,
)
from phone_support import INVALID, NETWORKS, OLD_INFO, fake_portal

TOKEN = "A-_z" * 8


@in_loop
async def test_every_byte_of_a_field_arrives(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with fake_portal() as fake, Portal(fake.url) as portal:
        await portal.configure("Müller & Co +%41 #1", "pass=1?/;", token=TOKEN, host="blynk.cloud")
        assert fake.asked == [
            "/config?if=wifi&ssid=M%C3%BCller%20%26%20Co%20%2B%2541%20%231&pass=pass%3D1%3F%2F%3B"
            f"&blynk={TOKEN}&host=blynk.cloud&save=1"
        ]
        everything = bytes(range(256))
        await portal.configure(everything, b"", claim="ABCD2345", ip="10.0.0.2", dns=b"\xff")
        target = fake.asked[-1]
    hexed = "".join(
        chr(b) if (chr(b).isalnum() and b < 128) or b in b"-._~" else f"%{b:02X}" for b in everything
    )
    assert target == f"/config?if=wifi&ssid={hexed}&pass=&claim=ABCD2345&save=1&ip=10.0.0.2&dns=%FF"
    assert "/config" in caplog.text
    for secret in (TOKEN, "pass%3D1", "pass=1", "ABCD2345"):
        assert secret not in caplog.text


@in_loop
async def test_the_portal_is_read_in_both_generations() -> None:
    async with fake_portal() as fake, Portal(f"{fake.url}/") as portal:
        assert await portal.board_info() == fake.info
        fake.info = OLD_INFO
        assert (await portal.board_info())["board"] == "Lamp"
        assert await portal.scan() == NETWORKS
        await portal.reset()
        await portal.reboot()
        assert fake.asked[-2:] == ["/reset", "/reboot"]


@in_loop
async def test_a_refused_configuration_names_the_field() -> None:
    async with fake_portal() as fake, Portal(fake.url) as portal:
        fake.config = INVALID
        with pytest.raises(ProvisioningFailed) as caught:
            await portal.configure("Home", "secret pass", token="short")
        assert (caught.value.code, caught.value.detail) == (700, "")
        fake.config = (500, {**INVALID[1], "detail": "blynk"})
        with pytest.raises(ProvisioningFailed, match=r"\(blynk\)") as caught:
            await portal.configure("Home", "secret pass", token="short")
        assert "secret" not in str(caught.value)


@in_loop
async def test_no_portal_and_no_such_portal_are_told_apart() -> None:
    async with fake_portal() as fake:
        async with Portal(fake.url) as portal:
            for other in (b"<html>", {"detail": "Not Found"}, {}, [1]):
                fake.info = other
                with pytest.raises(UserError, match=f"^no device's portal answered at {fake.url}, but"):
                    await portal.board_info()
            fake.networks = b"<html>"
            with pytest.raises(UserError, match="something else"):
                await portal.scan()
            fake.closed = True
            with pytest.raises(PortalUnreachable, match="join the device's access point") as lost:
                await portal.board_info()
            assert lost.value.sent
        url = fake.url
    async with Portal(url) as portal:
        for ask in (portal.board_info, portal.reboot):
            with pytest.raises(PortalUnreachable) as never:
                await ask()
            assert not never.value.sent


@pytest.mark.parametrize("url", ["192.168.4.1", "ftp://192.168.4.1", "http://", "http://here:port", ""])
def test_an_address_is_checked(url: str) -> None:
    for kind, option in ((Portal, "--portal"), (CloudAccount, "--cloud")):
        with pytest.raises(UserError, match=f"^{option}: "):
            kind(url)


def test_every_code_has_words_and_a_remedy() -> None:
    documented = {*range(700, 706), 710, 711, 712, *range(720, 724), 730, 731, 732}
    assert set(ADVICE) == documented
    assert len({advice.words for advice in ADVICE.values()}) == len(documented)
    assert all(advice.remedy for advice in ADVICE.values())
    assert "not known" in advice(799).words
    assert "(reason 15)" in str(ProvisioningFailed(722, advice(722), "reason 15"))


@in_loop
async def test_an_account_does_all_that_the_api_offers(tmp_path: Path) -> None:
    async with running(tmp_path, signed_in=False) as here, CloudAccount(here.cloud.url) as account:
        await account.sign_up(EMAIL, PASSWORD)
        await account.sign_in(EMAIL, PASSWORD)
        code = await account.new_claim_code("TMPL1", "Lamp")
        token = await account.new_token("TMPL1", "Lamp")
        assert code.code not in repr(code) and token.token not in repr(token)
        assert await account.devices() == []
        client = await here.wire({"token": token.token})
        branch = f"devices/{token.device_id}"
        await client.subscribe(f"{branch}/downlink/#")
        await account.write(token.device_id, "lamp 1", True)
        assert (await client.packet())[1].endswith(b"/downlink/ds/lamp 11")
        await account.write_metadata(token.device_id, "Room", "attic")
        assert (await client.packet())[1].endswith(b"/downlink/meta/Roomattic")
        await account.command(token.device_id, "diag", "hello")
        assert (await client.packet())[1].endswith(b"/downlink/diaghello")
        assert (await account.device(token.device_id))["online"]
        await account.delete(token.device_id)
        with pytest.raises(CloudError, match="no such device") as caught:
            await account.device(token.device_id)
        assert caught.value.status == 404


@in_loop
async def test_the_clouds_refusals_are_one_line(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        async with CloudAccount(here.cloud.url) as account:
            with pytest.raises(CloudError, match="password is wrong") as wrong:
                await account.sign_in(EMAIL, "hunter2-hunter2")
            assert wrong.value.status == 401 and "hunter2" not in str(wrong.value)
        async with CloudAccount(f"{here.cloud.url}/docs") as account:
            with pytest.raises(CloudError, match="not found"):
                await account.sign_in(EMAIL, PASSWORD)
        url = here.cloud.url
    async with CloudAccount(url) as account:
        with pytest.raises(CloudError, match="no answer from the cloud") as absent:
            await account.sign_in(EMAIL, PASSWORD)
        assert absent.value.status == 0
