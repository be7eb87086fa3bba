"""The requests that change something."""

import json

from micropython import const

from core import log
from core.late import forget, room

# For browsers without JavaScript.
_ANSWER = const(
    '<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    '<title>{0}</title><h1>{0}</h1><p>{1}<p><a href="/">Back</a>'
)
_BUSY = const("an attempt is under way: wait for its result")
_REFUSED = {409: "Busy", 429: "Too many attempts", 500: "Configuration invalid"}
_SAVED = const(
    "The device restarts now, joins your network, and this access point closes. "
    "If the access point is back after a while, come here again to see why."
)


async def config(portal, request, response):
    portal.visited.set()
    fields = request.fields
    wait = portal.pause.left()
    if portal.busy():
        return await _refuse(fields, response, 409, "", _BUSY)
    if wait and fields.get("claim"):
        seconds = str((wait + 999) // 1000)
        problem = "too many wrong codes: wait " + seconds + " s"
        return await _refuse(fields, response, 429, "claim", problem, "Retry-After: " + seconds + "\r\n")
    try:
        _store(portal, *_read(portal, fields))
    except Exception as e:  # storage's exceptions are not ours to name
        field = getattr(e, "field", None)
        if field:  # a FormError
            return await _refuse(fields, response, 500, field, e.problem)  # pyright: ignore[reportAttributeAccessIssue]
        log.exception("portal", e)
        problem = "not saved, the earlier configuration stays"
        return await _refuse(fields, response, 500, "storage", problem)
    # Everything is stored at once; only the words depend on `save`, and in the first generation only.
    saved = "if" not in fields and fields.get("save", b"0") not in (b"0", b"")
    more = {}
    if "live" in fields:  # from our page: it would look on while the device tries
        more = {"live": _live(portal), "attempt": portal.credentials.attempt}
    answer = _ok("Configuration saved" if saved else "Trying to connect...", more)
    await _obey(portal, "live" if more.get("live") else "config", answer, fields, response)


def _read(portal, fields):
    """(network, token, server, claim, time) of a form; its code is in memory only here. Raises FormError."""
    from provisioning.form import Form, FormError

    try:
        form = Form(fields, portal.kept())
    finally:
        forget("provisioning.form")
    if form.claim and not portal.claims:
        raise FormError("claim", "this product knows no cloud to claim from, give a token")
    for secret in (log.text(form.password), form.token, form.claim):
        log.hide(secret)
    token, server = form.token, form.server
    if not (token or form.claim):
        verified = portal.credentials.verified
        if server not in ("", verified.server):  # a stranger could have the token sent to a server of his
            raise FormError("host", "another server needs a token of its own")
        token, server = verified.token, verified.server
    network = portal.make_network(portal.seen(form.ssid), form.password, form.hidden, form.static)
    return network, token, server, form.claim, form.time


def _store(portal, network, token, server, claim, time):
    portal.credentials.propose(network, token, server, claim)
    set_clock = getattr(portal.agent, "set_clock", None)
    if set_clock and time:  # the phone's: better than none where nobody else tells the time
        set_clock(time)
    log.info("portal", "candidate stored, attempt", portal.credentials.attempt)


def _live(portal):
    """Whether this attempt is made beside the access point: without PSRAM, TLS has no room there."""
    agent, account = portal.agent, portal.credentials.candidate
    if agent.connect is None:
        return False
    if room:
        return True
    product = agent.product
    if account.claim:  # its answer names the server, which is hardly better guarded than the way to it
        return product.CLAIM_URL.startswith("http://")
    return (account.server or product.SERVER).startswith("mqtt://")


async def order(portal, request, response):
    """`/reset` and `/reboot`."""
    portal.visited.set()
    wish = request.path[1:]
    words = "Configuration reset" if wish == "reset" else "Rebooting"
    if portal.busy():
        await _refuse(request.fields, response, 409, "", _BUSY)
    else:
        await _obey(portal, wish, _ok(words), request.fields, response)


async def _obey(portal, wish, answer, fields, response):
    """Answer first: what follows ends in a reset, or moves the access point to another channel."""
    portal.wanted = wish
    try:
        await _send(fields, response, 200, answer, _SAVED)
    finally:
        portal.visited.set()


def _ok(words, more=()):
    return dict(more, status="ok", msg=words)


async def _refuse(fields, response, status, field, problem, headers=""):
    detail = field + ": " + problem if field else problem
    log.warn("portal", "refused:", detail)
    answer = {"status": "error", "msg": _REFUSED[status], "field": field, "detail": detail}
    await _send(fields, response, status, answer, detail, headers)


async def _send(fields, response, status, answer, words, headers=""):
    if "html" in fields:
        await response.send(status, _ANSWER.format(answer["msg"], words), "text/html; charset=utf-8", headers)
    else:
        await response.send(status, json.dumps(answer), "application/json", headers)


ROUTES = {"/config": config, "/reset": order, "/reboot": order}
