"""Parts of the run personality: station, claim, cloud link, application. No portal code."""

import asyncio
import time

from cloud.interface import Cloud
from core import log
from core.backoff import Backoff
from core.clock import to_ms
from main_cloud import Connection


def equip(agent):
    """Hang the connection on the agent and start the application."""
    product = agent.product
    cloud = Cloud(product.KEEP_OFFLINE, product.ERROR_EVENT)
    agent.net_backoff, agent.cloud_backoff, pause = [
        Backoff(to_ms(product.BACKOFF_FIRST_S), to_ms(product.BACKOFF_MOST_S)) for _ in range(3)
    ]
    agent.connection = Connection(agent, cloud)
    agent.told = cloud.state_changed
    agent.clicked = lambda count: cloud.clicked(count)  # looked up late: the application replaces it
    asyncio.create_task(_application(product, cloud, pause))  # noqa: RUF006  dead, it would hold others, see Light


async def _application(product, cloud, pause):
    """A mistake in the application takes nothing else down, and it starts again."""
    pause.reset()
    while True:
        began = time.time()
        try:
            import app

            return await app.run(cloud)
        except Exception as e:
            cloud.failed(e)
        if time.time() - began > product.STABLE_S:
            pause.reset()
        await asyncio.sleep_ms(pause.next())
        log.info("app", "starts again")
