"""RUNNING: the link serves the application until it is lost or the cloud orders otherwise."""

from core import log
from provisioning.agent import CONNECTING_CLOUD, CONNECTING_NET, REBOOT
from provisioning.errors import Failure


async def run(agent):
    connection = agent.connection
    try:
        await connection.serve()
    except Failure as e:
        log.warn("cloud", e.code, "lost:", e.detail)
    if connection.command == "reconfigure":
        agent.credentials.ask_again()
    if connection.command:
        return REBOOT
    if connection.stable:
        agent.cloud_backoff.reset()
    return CONNECTING_CLOUD if connection.joined() else CONNECTING_NET
