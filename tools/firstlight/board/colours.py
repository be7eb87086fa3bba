"""Colours that everybody can read: the WCAG contrast of a brand's accent, and the style that sets it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from firstlight.errors import UserError

_TEXT = 4.5  # WCAG 2 AA, of text on what is behind it
_SHAPE = 3.0  # and of the outline of a control
# Where the page's style shows the accent, and as what.
_GROUNDS = {"card": _TEXT, "page": _SHAPE}


@dataclass(frozen=True)
class Accent:
    """A brand's one colour, as `#rrggbb`, for light and for dark screens."""

    light: str
    dark: str

    def style(self) -> str:
        """CSS that puts it in the place of the page's own, with black or white text on it."""
        return f"{_root(self.light)}@media (prefers-color-scheme: dark) {{ {_root(self.dark)} }}"

    def check(self, style: str, where: str) -> None:
        """Raise UserError, naming `where`, when it is too faint on the backgrounds that `style` sets."""
        for at, (scheme, colour) in enumerate((("light", self.light), ("dark", self.dark))):
            grounds = {_ground(style, name, at): least for name, least in _GROUNDS.items()}
            for ground, least in grounds.items():
                if contrast(colour, ground) < least:
                    raise UserError(
                        f"{where}: accent.{scheme} = {colour!r} is too faint on a {scheme} page "
                        f"({contrast(colour, ground):.1f}:1, and {least}:1 is needed); "
                        f"{_readable_like(colour, grounds)!r} would do"
                    )


def parse(value: object, where: str) -> str:
    """A colour as `#rrggbb`. Raises UserError, naming `where`, for anything else than `#rgb` or `#rrggbb`."""
    if not isinstance(value, str) or not re.fullmatch(r"#([0-9a-fA-F]{3}){1,2}", value):
        raise UserError(f"{where} = {value!r} is not a colour such as '#0b7a5c'")
    digits = value[1:].lower()
    return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))


def contrast(one: str, other: str) -> float:
    """The WCAG contrast ratio of two colours, 1.0 to 21.0."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def text_on(colour: str) -> str:
    """Black or white, whichever is read better on this colour. It always reaches 4.5:1."""
    return max("#000000", "#ffffff", key=lambda text: contrast(text, colour))


def _root(accent: str) -> str:
    return f":root {{ --accent: {accent}; --on-accent: {text_on(accent)}; }}"


def _ground(style: str, name: str, scheme: int) -> str:
    """The background `--NAME` of the page's style, which sets it for light screens first, then for dark."""
    found = re.findall(rf"--{name}:\s*(#\w+)", style)
    if len(found) != 2:
        raise UserError(
            f"style.css: --{name} must be set twice, light and dark, to a colour such as '#ffffff'"
        )
    return parse(found[scheme], f"style.css: --{name}")


def _readable_like(colour: str, grounds: dict[str, float]) -> str:
    """The same hue, as much darker or lighter as it takes."""
    end = text_on(next(iter(grounds)))
    candidates = (_mix(colour, end, step / 50) for step in range(1, 51))
    return next(
        candidate
        for candidate in candidates
        if all(contrast(candidate, ground) >= least for ground, least in grounds.items())
    )


def _mix(colour: str, other: str, share: float) -> str:
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(one + (two - one) * share):02x}" for one, two in pairs)


def _channels(colour: str) -> bytes:
    return bytes.fromhex(colour[1:])


def _luminance(colour: str) -> float:
    """WCAG's relative luminance, 0.0 to 1.0."""
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (channel / 255 for channel in _channels(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
