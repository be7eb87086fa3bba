"""Codes and lines of text on a small page, as SVG or PDF. Lengths are millimetres, y grows downwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

import segno

from firstlight.errors import UserError

_POINT = 72 / 25.4  # points a millimetre
_PITCH = 0.6  # the width of a letter of Courier, of its size
_LETTERS = "cp1252"  # those of a PDF's built-in font


def in_pdf(text: str) -> bool:
    """Whether a PDF can show it: letters of Western languages only."""
    try:
        text.encode(_LETTERS)
    except UnicodeError:
        return False
    return True


@dataclass
class Drawing:
    """A page of this size."""

    width: float
    height: float
    _boxes: list[tuple[float, float, float, float]] = field(default_factory=list)
    _texts: list[tuple[float, float, float, str]] = field(default_factory=list)

    def text(self, x: float, y: float, text: str, size: float, width: float) -> None:
        """A line whose baseline begins at (x, y), in this size or as much smaller as this width asks for."""
        self._texts.append((x, y, min(size, width / max(1, len(text)) / _PITCH), text))

    def code(self, x: float, y: float, side: float, text: str, least: float = 0) -> None:
        """A QR code of this text in a square, its quiet zone included.

        Raises UserError for a text that it does not hold, or not with modules as wide as `least`.
        """
        try:
            code = segno.make_qr(text, error="m", encoding="utf-8")
        except segno.DataOverflowError:
            raise UserError(f"a QR code does not hold {len(text.encode())} bytes; shorten the text") from None
        rows = list(code.matrix_iter(scale=1, border=4))
        module = side / len(rows)
        if module < least:
            what = f"a code of {len(text.encode())} bytes in {side:.1f} mm"
            raise UserError(f"{what} is too fine to be printed and read; shorten the text")
        for row, line in enumerate(rows):
            for first, last in _runs(line):
                self._boxes.append((x + first * module, y + row * module, (last - first) * module, module))

    def svg(self) -> bytes:
        """The page as SVG."""
        path = "".join(f"M{_n(x)} {_n(y)}h{_n(w)}v{_n(h)}h{_n(-w)}z" for x, y, w, h in self._boxes)
        texts = "".join(
            f'<text x="{_n(x)}" y="{_n(y)}" font-size="{_n(size)}">{escape(text)}</text>\n'
            for x, y, size, text in self._texts
        )
        size = f'width="{_n(self.width)}mm" height="{_n(self.height)}mm"'
        box = f"0 0 {_n(self.width)} {_n(self.height)}"
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="{box}"\n'
            ' font-family="Courier, monospace" font-weight="bold">\n'
            f'<rect width="100%" height="100%" fill="#fff"/>\n<path d="{path}"/>\n'
            f"{texts}</svg>\n"
        ).encode()

    def pdf(self) -> bytes:
        """The page as PDF 1.4. Raises UserError for a letter that its built-in font lacks."""
        height = self.height
        lines = [f"{_p(x)} {_p(height - y - h)} {_p(w)} {_p(h)} re" for x, y, w, h in self._boxes] + ["f"]
        content = "\n".join(lines).encode()
        for x, y, size, text in self._texts:
            if not in_pdf(text):
                raise UserError(f"a PDF label cannot show {text!r}; make an SVG")
            letters = (
                text.encode(_LETTERS).replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
            )
            place = f"\nBT /F {_p(size)} Tf {_p(x)} {_p(height - y)} Td (".encode()
            content += place + letters + b") Tj ET"
        page = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {_p(self.width)} {_p(height)}] /Contents 4 0 R "
            "/Resources << /Font << /F 5 0 R >> >> >>"
        ).encode()
        return _document(
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            page,
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier-Bold /Encoding /WinAnsiEncoding >>",
        )


def _document(*objects: bytes) -> bytes:
    """A PDF file of these objects, numbered from 1; the first one is its catalogue."""
    data = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    end = b"xref\n0 %d\n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return data + end % (size, table, size, len(data))


def _runs(line: bytes) -> Iterator[tuple[int, int]]:
    """Where dark modules that touch begin and end."""
    first = None
    for at, dark in enumerate([*line, 0]):
        if dark and first is None:
            first = at
        elif not dark and first is not None:
            yield first, at
            first = None


def _n(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")


def _p(value: float) -> str:
    return _n(value * _POINT)
