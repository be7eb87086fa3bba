import sys

from core import late
from core.late import forget


def scarce(test):
    """Run it as on an ESP8266."""

    def run():
        late.room = False
        try:
            test()
        finally:
            late.room = True

    return run


@scarce
def test_what_is_forgotten_is_loaded_anew():
    import net.reasons

    first = net.reasons.Outcome
    forget("net.reasons", "net.choice")  # the second was never loaded
    assert "net.reasons" not in sys.modules and not hasattr(net, "reasons")
    assert "net" in sys.modules
    from net.reasons import Outcome

    assert Outcome is not first


@scarce
def test_a_module_of_no_package():
    import main_record  # noqa: F401

    forget("main_record")
    assert "main_record" not in sys.modules


def test_where_there_is_room_it_stays():
    import main_record  # noqa: F401

    forget("main_record")
    assert "main_record" in sys.modules
