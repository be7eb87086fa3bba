import sys

from core.late import forget


def test_what_is_forgotten_is_loaded_anew():
    import net.reasons

    first = net.reasons.Outcome
    forget("net.reasons", "net.choice")  # the second was never loaded
    assert "net.reasons" not in sys.modules and not hasattr(net, "reasons")
    assert "net" in sys.modules
    from net.reasons import Outcome

    assert Outcome is not first


def test_a_module_of_no_package():
    import main_record  # noqa: F401

    forget("main_record")
    assert "main_record" not in sys.modules
