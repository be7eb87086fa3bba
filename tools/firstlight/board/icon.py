"""A brand's icon: an SVG of plain shapes, made fit to stand inside the page."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from firstlight.errors import UserError

_SVG = "{http://www.w3.org/2000/svg}"
_XLINK = "{http://www.w3.org/1999/xlink}href"
_SHAPES = {
    *("svg", "g", "defs", "symbol", "use", "clipPath", "mask"),
    *("path", "rect", "circle", "ellipse", "line", "polyline", "polygon"),
    *("linearGradient", "radialGradient", "stop"),
}
_WORDS = {"title", "desc", "metadata"}  # not shown: the name stands beside it
_REMEDY = "export it as plain SVG, shapes only"


def inline(text: str, where: str) -> str:
    """The SVG document as an element for an HTML page: no names of its own that could clash, no size.

    Raises UserError, naming `where`, for anything but shapes that need nothing from outside.
    """
    text = re.sub(r"<!DOCTYPE\s[^\[>]*>", "", text)  # old drawing programs name the SVG 1.1 one
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise UserError(f"{where}: declares entities; {_REMEDY}")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise UserError(f"{where}: is not SVG ({error})") from None
    if root.tag != _SVG + "svg":
        raise UserError(f'{where}: is not SVG; it begins with <svg xmlns="{_SVG[1:-1]}">')
    if "viewBox" not in root.attrib:
        root.set("viewBox", _view_box(root, where))
    shown = _shown(root, where)
    for name in ("width", "height", "x", "y", "id"):
        shown.attrib.pop(name, None)
    shown.attrib.update({"aria-hidden": "true", "focusable": "false"})
    return ElementTree.tostring(shown, encoding="unicode", short_empty_elements=True)


def _view_box(root: ElementTree.Element, where: str) -> str:
    size = re.fullmatch(r"([0-9.]+)(?:px)?/([0-9.]+)(?:px)?", f"{root.get('width')}/{root.get('height')}")
    if not size:
        raise UserError(f"{where}: needs a viewBox, or width and height in pixels")
    return f"0 0 {size[1]} {size[2]}"


def _shown(element: ElementTree.Element, where: str) -> ElementTree.Element:
    """A copy of what is drawn, without namespaces, comments, and the notes of drawing programs."""
    name = element.tag.removeprefix(_SVG)
    if name not in _SHAPES:
        raise UserError(f"{where}: <{name}> is not allowed; {_REMEDY}")
    copy = ElementTree.Element(name, _attributes(element, where))
    for child in element:
        foreign = not isinstance(child.tag, str) or not child.tag.startswith(_SVG)
        if not foreign and child.tag.removeprefix(_SVG) not in _WORDS:
            copy.append(_shown(child, where))
    return copy


def _attributes(element: ElementTree.Element, where: str) -> dict[str, str]:
    kept = {}
    for name, value in element.attrib.items():
        if name == _XLINK:
            name = "href"
        if name.startswith("{") or name == "class":
            continue
        if name.lower().startswith("on"):
            raise UserError(f"{where}: {name}=… is a script; {_REMEDY}")
        outside = name == "href" and not value.startswith("#")
        if outside or re.search(r"url\((?!\s*['\"]?#)|@import|\\", value):
            raise UserError(f"{where}: {name}={value[:40]!r} leads outside the file; {_REMEDY}")
        kept[name] = _renamed(name, value)
    return kept


def _renamed(name: str, value: str) -> str:
    """Identifiers and references to them, set apart from those of the page."""
    if name == "id":
        return "icon-" + value
    if name == "href":
        return "#icon-" + value[1:]
    return re.sub(r"url\(\s*(['\"]?)#([^'\")]+)\1\s*\)", r"url(#icon-\2)", value)
