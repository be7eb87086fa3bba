"""The label of one unit: its name, the QR code that joins its access point, and the one that claims it."""

from __future__ import annotations

from pathlib import Path

from firstlight.board.accesspoint import Product, wifi_uri
from firstlight.board.drawing import Drawing
from firstlight.errors import UserError

KINDS = (".svg", ".pdf")
_WIDTH, _HEIGHT, _MARGIN = 62.0, 29.0, 1.5  # a common size of labels
_NAME, _SMALL = 3.4, 2.2  # sizes of letters


def label(product: Product, mac: bytes, claim: str | None) -> Drawing:
    """Draw it. claim: what the second code says, a link as a rule; None leaves that code out."""
    name, key = product.ssid(mac), product.key(mac)
    drawing = Drawing(_WIDTH, _HEIGHT)
    inner = _WIDTH - 2 * _MARGIN
    drawing.text(_MARGIN, _MARGIN + _NAME, name, _NAME, inner)
    top = _MARGIN + _NAME + 1
    side = _HEIGHT - top - _MARGIN
    drawing.code(_MARGIN, top, side, wifi_uri(name, key))
    left = _MARGIN + side
    room = inner - side * (2 if claim else 1)
    for line, text in enumerate(("Wi-Fi", key or "open", "MAC", mac.hex(":").upper())):
        drawing.text(left, top + 4 + line * 4, text, _SMALL, room)
    if claim:
        drawing.code(_WIDTH - _MARGIN - side, top, side, claim)
        drawing.text(left, top + 4 + 4 * 4, "claim >", _SMALL, room)
    return drawing


def write(drawing: Drawing, path: Path, option: str = "--output") -> None:
    """Write it as what the file's name ends in. Raises UserError, naming the option that gave the name."""
    if path.suffix.lower() not in KINDS:
        raise UserError(f"{option}: {path} ends neither in .svg nor in .pdf")
    content = drawing.svg() if path.suffix.lower() == ".svg" else drawing.pdf()
    try:
        path.write_bytes(content)
    except OSError as error:
        raise UserError(f"{option}: cannot write {path} ({error.strerror}); choose another") from None
