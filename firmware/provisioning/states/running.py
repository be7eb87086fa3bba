"""RUNNING: the link serves the application until it is lost or the cloud orders otherwise."""

from core import log
from core.clock import Deadline, to_ms
from provisioning.agent import CONNECTING_CLOUD, CONNECTING_NET, REBOOT
from provisioning.errors import Failure


async def run(agent):
    connection = agent.connection
    stable = Deadline(to_ms(agent.product.STABLE_S))
    try:
        await connection.serve()
    except Failure as e:
        log.warn("cloud", e.code, "lost:", e.detail)
    if connection.command == "reconfigure":
        agent.credentials.ask_again()
    if connection.command:
        return REBOOT
    if not stable.left():
        agent.cloud_backoff.reset()
        connection.lasted()
    return CONNECTING_CLOUD if connection.joined() else CONNECTING_NET
