"""The requests that only look: those of both generations of Blynk.Inject, and of our own page."""

import json
from binascii import hexlify

from micropython import const

from core import log

_JSON = const("application/json")
# Authentication modes as the app calls them; WPA2 and WPA3 stand for WPA2-Personal and so on.
_SECURITY = const("OPEN,WEP,WPA,WPA2,WPA+WPA2,WPA2 ENT,WPA3,WPA2+WPA3,WAPI,OWE,WPA3 ENT")


async def board_info(portal, request, response):
    portal.visited.set()
    credentials = portal.credentials
    info = portal.identity()
    info["last_error"] = credentials.error
    info["last_error_detail"] = credentials.detail
    info["last_ssid"] = log.text(credentials.last)
    info["attempt"] = credentials.attempt
    info["claim"] = portal.claims
    info["kept"] = portal.kept()
    info["live"] = portal.agent.connect is not None
    await response.send(200, json.dumps(info), _JSON)


async def wifi_scan(portal, request, response):
    portal.visited.set()
    rows = await portal.networks("fresh" in request.fields)
    await response.begin(200, _JSON)
    before = "["
    for row in rows:
        await response.write(before + row_json(row))
        before = ","
    await response.write("]" if rows else "[]")
    await response.finish()


def row_json(row):
    """A row of a scan as the phone wants it."""
    ssid, bssid, channel, rssi, mode = row
    names = _SECURITY.split(",")
    security = names[mode] if mode < len(names) else "unknown"
    bssid = hexlify(bssid, ":").decode().upper()
    return json.dumps({"ssid": log.text(ssid), "bssid": bssid, "rssi": rssi, "sec": security, "ch": channel})


async def status(portal, request, response):
    """Where the attempt stands, for the page that looks on; a page that was forgotten is no visitor."""
    credentials, radio = portal.credentials, portal.agent.radio
    account = credentials.verified if portal.arrived else credentials.candidate
    if portal.arrived:
        result = "ok"
        portal.told.set()
    else:
        result = "trying" if account else "failed" if credentials.error else "none"
    answer = {
        "state": portal.agent.state,
        "attempt": credentials.attempt,
        "result": result,
        "error": credentials.error,
        "error_detail": credentials.detail,
        "network": log.text(account.networks[0].ssid if account else credentials.last),
        "address": radio.address() if radio.joined() else "",
    }
    await response.send(200, json.dumps(answer), _JSON)


ROUTES = {"/board_info.json": board_info, "/wifi_scan.json": wifi_scan, "/status.json": status}
