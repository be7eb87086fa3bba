from led.indicator import Indicator


class Recorder:
    def __init__(self):
        self.names = []
        self.indicator = Indicator()
        self.indicator.play = self.names.append


def test_tells_each_change_once():
    seen = Recorder()
    seen.indicator.show("CONNECTING_NET")
    seen.indicator.show("CONNECTING_NET")  # the next try: no pattern begins anew
    seen.indicator.show("RUNNING")
    assert seen.names == ["CONNECTING_NET", "RUNNING"]


def test_the_button_covers_the_state_and_gives_it_back():
    seen = Recorder()
    seen.indicator.show("RUNNING")
    seen.indicator.cover("HOLD")
    seen.indicator.show("CONNECTING_NET")  # meanwhile the state changes
    seen.indicator.cover("HOLD_ERASE")
    seen.indicator.cover(None)
    seen.indicator.cover(None)
    assert seen.names == ["RUNNING", "HOLD", "HOLD_ERASE", "CONNECTING_NET"]


def test_dark_is_none_whatever_showed():
    seen = Recorder()
    seen.indicator.dark()
    seen.indicator.show("RUNNING")
    seen.indicator.cover("HOLD")
    seen.indicator.dark()
    assert seen.names == ["RUNNING", "HOLD", None]


def test_a_light_that_fails_takes_nothing_down():
    indicator = Indicator()
    indicator.show("IDLE")  # no light at all

    def broken(name):
        raise KeyError(name)

    indicator.play = broken
    indicator.show("RUNNING")
