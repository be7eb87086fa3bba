"""The label of one unit: its name, the QR code that joins its access point, and the one that claims it."""

from __future__ import annotations

from pathlib import Path

from firstlight.board.accesspoint import Product, wifi_uri
from firstlight.board.drawing import Drawing, in_pdf
from firstlight.errors import UserError

KINDS = (".svg", ".pdf")
_WIDTH, _HEIGHT, _MARGIN = 62.0, 29.0, 1.5  # a common size of labels
_NAME, _SMALL = 3.4, 2.2  # sizes of letters
# Three dots of a common label printer (203 to the inch), which cannot draw parts of a dot. In a phone's
# picture of 1,080 lines, 10 cm high, that is four pixels; readers need two or three. A code's square of
# 21.6 mm has room for 57 such, 8 of them quiet: version 8, which at level M holds 152 bytes.
_MODULE = 3 * 25.4 / 203


def label(product: Product, mac: bytes, claim: str | None) -> Drawing:
    """Draw it. claim: what the second code says, a link as a rule; None leaves that code out.

    Raises UserError for a claim whose code would be too fine to read, or that is not one line.
    """
    if claim and not claim.isprintable():
        raise UserError("--claim: has a line break, a control character or the like; remove it")
    name, key = product.ssid(mac), product.key(mac)
    drawing = Drawing(_WIDTH, _HEIGHT)
    inner = _WIDTH - 2 * _MARGIN
    drawing.text(_MARGIN, _MARGIN + _NAME, name, _NAME, inner)
    top = _MARGIN + _NAME + 1
    side = _HEIGHT - top - _MARGIN
    drawing.code(_MARGIN, top, side, wifi_uri(name, key), _MODULE)
    left = _MARGIN + side
    room = inner - side * (2 if claim else 1)
    for line, text in enumerate(("Wi-Fi", key or "open", "MAC", mac.hex(":").upper())):
        drawing.text(left, top + 4 + line * 4, text, _SMALL, room)
    if claim:
        try:
            drawing.code(_WIDTH - _MARGIN - side, top, side, claim, _MODULE)
        except UserError as error:
            raise UserError(f"--claim: {error}") from None
        drawing.text(left, top + 4 + 4 * 4, "claim >", _SMALL, room)
    return drawing


def kinds(product: Product) -> tuple[str, ...]:
    """What the labels of a product can be written as; the same for all its units."""
    return KINDS if in_pdf(product.ssid(bytes(6))) else (".svg",)


def write(drawing: Drawing, path: Path, option: str = "--output") -> None:
    """Write it as what the file's name ends in. Raises UserError, naming the option that gave the name."""
    if path.suffix.lower() not in KINDS:
        raise UserError(f"{option}: {path} ends neither in .svg nor in .pdf")
    content = drawing.svg() if path.suffix.lower() == ".svg" else drawing.pdf()
    try:
        path.write_bytes(content)
    except OSError as error:
        raise UserError(f"{option}: cannot write {path} ({error.strerror}); choose another") from None
