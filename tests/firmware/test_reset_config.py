"""RESET_CONFIG: what it asks of the storage, and that it comes to an end whatever the storage does."""

from provisioning.agent import REBOOT
from provisioning.states import reset_config


class Stored:
    def __init__(self, erasing=0, fault=None):
        self.erasing = erasing
        self.done = []
        self._fault = fault

    def erase(self):
        self.erasing += 1
        self.done.append("erase")

    def wipe(self):
        self.done.append("wipe")
        yield
        if self._fault:
            raise self._fault
        self.done.append("wiped")

    def erased(self):
        self.erasing = 0
        self.done.append("erased")


class Product:
    WIPE_ON_RESET = True


class Agent:
    def __init__(self, stored):
        self.credentials = stored
        self.product = Product()
        self.radio = self.indicator = self

    def forget(self):
        self.credentials.done.append("radio")

    def show(self, pattern):
        self.credentials.done.append(pattern)


async def reset(stored, wipe=True):
    agent = Agent(stored)
    agent.product.WIPE_ON_RESET = wipe
    assert await reset_config.run(agent) == REBOOT
    return stored.done


async def test_records_first_then_free_space():
    assert await reset(Stored()) == ["erase", "radio", "wipe", "wiped", "erased", "ERASED"]


async def test_the_product_may_do_without_wiping():
    assert await reset(Stored(), False) == ["erase", "radio", "erased", "ERASED"]


async def test_what_cannot_be_wiped_does_not_stop_it():
    assert await reset(Stored(fault=OSError(5))) == ["erase", "radio", "wipe", "erased", "ERASED"]


async def test_a_wipe_that_resets_the_chip_each_time_is_given_up():
    assert "wipe" in await reset(Stored(erasing=7))
    assert await reset(Stored(erasing=8)) == ["erase", "radio", "erased", "ERASED"]
