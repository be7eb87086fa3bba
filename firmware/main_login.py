"""How the cloud is reached: claim, TLS, log-in, and what a failure means. In memory only meanwhile."""

from cloud.link import Link
from cloud.server import Server
from core import log
from core.late import forget
from net.mqtt import Mqtt
from provisioning import errors
from provisioning.errors import Failure

_PORTAL_LIKE = (errors.CLOUD_TIMEOUT, errors.CLOUD, errors.TLS)  # how a captive portal looks to a device


async def claim(connection, code):
    """(token, server) for a claim code."""
    from provisioning.claim import exchange

    product = connection.product
    if not product.CLAIM_URL:
        raise Failure(errors.CONFIG, "this product has no CLAIM_URL")

    async def post(message):
        from net.fetch import post_json

        tls = await _tls(connection).context() if product.CLAIM_URL.startswith("https:") else None
        return await post_json(product.CLAIM_URL, message, connection.patience, tls)

    answer = exchange(post, code, connection.uid, product.TEMPLATE_ID)
    token, server, now = await _tried(connection, answer)
    if now and connection.verifies:
        _tls(connection).clock.set(now)
    return token, server


async def log_in(connection, account):
    """To the account's server, or where that has sent us."""
    text = account.server or connection.product.SERVER
    if not connection.verifies and connection.product.ESP8266_TLS == "plain" and "://" not in text:
        text = "mqtt://" + text
    if text != connection.home:
        try:
            connection.server = Server(text)
        except ValueError as e:
            raise Failure(errors.CONFIG, str(e))
        connection.home = text
        connection.redirects = None
    try:
        server = connection.redirects.server if connection.redirects else connection.server
        await _tried(connection, _open(connection, server, account.token))
    except BaseException as e:
        await connection.close()
        sent = connection.redirects and connection.redirects.failed()
        if sent and isinstance(e, Failure) and e.code == errors.BAD_TOKEN:  # the owner's server took it
            raise Failure(errors.CLOUD, "the server that we were sent to refuses the token")
        raise


async def _open(connection, server, token):
    product = connection.product
    log.info(
        "cloud", "connecting to", server.host, server.port, "over TLS" if server.tls else "in plain text"
    )
    info = {
        "tmpl": product.TEMPLATE_ID,
        "ver": product.FIRMWARE_VERSION,
        "build": product.FIRMWARE_BUILD,
        "type": product.FIRMWARE_TYPE,
        "rxbuff": product.MESSAGE,
    }
    tls = None
    if server.tls:
        tls = await _tls(connection).context()
    if not (tls and connection.verifies):
        info["tls"] = "unverified" if tls else "none"
    link = Link(
        lambda on_message: Mqtt(on_message, connection.patience, connection.buffer),
        server,
        connection.cloud,
        connection.obey,
    )
    connection.begin(link)
    await link.open(
        token,
        product.KEEPALIVE_S,
        info,
        tls=tls,
        client_id=connection.uid if product.PERSISTENT else "",
        clean=not product.PERSISTENT,
        will=product.WILL,
    )


def _tls(connection):
    if not connection.security:
        from main_tls import Security

        connection.security = Security(connection.product, connection.verifies)
    return connection.security


async def _tried(connection, job):
    """Await it; what the network throws becomes a Failure, after a look for a captive portal."""
    try:
        return await job
    except (Failure, MemoryError):
        raise
    except Exception as e:
        await connection.close()  # what follows needs its memory
        failure = connection.explained(e)
    probe = failure.code in _PORTAL_LIKE and connection.product.PROBE
    if probe and await _captive(probe, connection.patience):
        raise Failure(errors.CAPTIVE)
    raise failure


async def _captive(url, ms):
    try:
        from net.probe import captive

        return await captive(url, ms)
    except MemoryError:
        return None
    finally:
        forget("net.probe", "net.fetch")
