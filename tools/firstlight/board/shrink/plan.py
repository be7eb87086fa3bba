"""What becomes of which module on an ESP8266."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_STATES = "provisioning.states."
_OURS = ("core", "net", "led", "button", "cloud", "provisioning", "storage", "main", "console")


@dataclass(frozen=True)
class Plan:
    """What goes where.

    chunks: modules by the name of their file, in the order of loading; one in none is a file of its own.
    lasting: files that are never let go of.
    kept: modules whose text and names stay as they are.
    entries: names that are called from outside, for each module.
    public: classes whose public methods an application may use.
    facts: attributes, and parameters: variables, that have one value for ever on this board.
    """

    chunks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    lasting: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()
    entries: dict[str, frozenset[str]] = field(default_factory=dict)
    public: frozenset[str] = frozenset()
    facts: Mapping[str, object] = field(default_factory=dict)
    parameters: Mapping[str, object] = field(default_factory=dict)

    def file(self, module: str) -> str:
        """The name of the file that a module is in."""
        for file, modules in self.chunks.items():
            if module in modules:
                return file
        return module.replace(".", "_")


# What is loaded together: always, with each personality, and what comes and goes. No list of a personality
# names a module of the other one.
FILES = {
    "main": "core.log core.clock core.cut core.late net.wait led.patterns led.drivers led.light led.indicator"
    " button.button provisioning.agent net.radio storage.account storage.credentials main_record main",
    "run": "core.backoff provisioning.errors cloud.handlers cloud.interface main_wifi main_cloud main_run",
    "session": "net.stream net.packets net.inbound net.mqtt cloud.server cloud.link",
    "config": "net.request net.parser net.response net.http net.dns provisioning.portal main_config",
    "main_join": "net.reasons net.station net.choice main_join",
    "journal": "core.crc storage.files storage.journal",
}
# Names that are asked for as text, or by main.py.
ENTRIES = {
    "main": frozenset({"run"}),
    "main_join": frozenset({"join", "find"}),
    "main_parts": frozenset({"agent", "light", "button"}),
    "main_login": frozenset({"claim", "log_in"}),
    "console": frozenset({"obey"}),
    "provisioning.changes": frozenset({"ROUTES"}),
    "provisioning.routes": frozenset({"ROUTES"}),
}
LASTING = frozenset({"main", "run", "session", "config"})

# An ESP8266 is never access point and station at once, and cannot verify a certificate.
ESP8266 = {
    "platform": "esp8266",
    "dual": False,
    "esp32": False,
    "verifies": False,
    "clock": None,
    "live": False,
    "search": None,
    "arrived": False,
}
PARAMETERS = {"verifies": False, "room": False}


def plan(modules: frozenset[str], facts: Mapping[str, object], whole_api: bool = False) -> Plan:
    """For an ESP8266. modules: all there are; facts: of board and product.

    whole_api: with what the application could use, too, and not only with what it does.
    """
    states = {name: frozenset({"run"}) for name in modules if name.startswith(_STATES)}
    return Plan(
        chunks={
            file: tuple(name for name in names.split() if name in modules) for file, names in FILES.items()
        },
        lasting=LASTING,
        kept=frozenset(name for name in modules if is_products(name)),
        entries={**ENTRIES, **states},
        public=frozenset({"Cloud", "Handlers"} if whole_api else ()),
        facts={**ESP8266, **facts},
        parameters={**PARAMETERS, "led": facts.get("LED"), "chip": "esp8266"},
    )


def is_products(module: str) -> bool:
    """Whether a module is the product's own, and not the firmware's."""
    return module.partition(".")[0] not in _OURS and not module.startswith("main_")
