"""The wizard page as the device serves it: one self-contained file, minified, with a brand's things in it."""

from __future__ import annotations

import functools
import html
import json
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

from firstlight.board import languages
from firstlight.board.brand import Brand
from firstlight.errors import UserError

LIMIT = 14 * 1024  # bytes gzipped: what it may take of a small flash, and of a weak radio's time
_TITLE = "Set up your device"
# Stand-ins that survive the minifier: what they stand for is minified by itself, and texts not at all.
_STYLE, _SCRIPT = "x-style{top:0}", "x_script()"
_FETCHED = {"src", "srcset", "poster", "data"}  # attributes whose value the browser loads
_LED_TO = {"href", "action", "formaction"}  # and those that may name a path of the device
_ELSEWHERE = re.compile(r"\s*([a-z][a-z0-9+.-]*:|//)", re.IGNORECASE)
_WHOLE = "the page must hold everything itself"
_UNPACK = (
    "(k=>l=>{for(const c in l)l[c]=l[c].reduce((t,x,i)=>(t[k[i]]=x,t),{});return l})"  # phrases -> objects
)


def assemble(source: Path, brand: Brand | None = None, wanted: Sequence[str] = ()) -> bytes:
    """The whole page as one HTML file, the same for the same files.

    source: the folder with `index.html`, `style.css`, `wizard.js` and `languages/`. An index.html without
    `{{placeholders}}` is a page in itself and stays as it is.
    wanted: the languages to build in, the default first; none: the brand's choice, else all there are.
    Raises UserError, naming the file, for what cannot be built, and for anything that would be fetched
    from outside: the phone has no other network while it shows the page.
    """
    template = _read(source, "index.html")
    if "{{" not in template:
        if brand or wanted:
            raise UserError(
                "index.html: has no {{placeholders}}; without them brand and languages find no place"
            )
        return template.encode()
    style = _read(source, "style.css")
    if brand and brand.accent:
        brand.accent.check(style, str(brand.settings))
        style += brand.accent.style()
    if re.search(r"@import|url\((?!\s*['\"]?(data:|#))", style):
        raise UserError(f"style.css: refers to another file; {_WHOLE}")
    data = _data(source, brand, wanted)
    script = _script(_read(source, "wizard.js"))
    parts = {
        "title": html.escape(brand.name if brand else _TITLE),
        "icon": brand.icon if brand else "",
        "style": _STYLE,
        "script": _SCRIPT,
    }
    page = _minify("text/html", _fill(template, parts))
    _refuse_outside(page)
    page = page.replace(f"{_STYLE}</style>", _minify("text/css", style) + "</style>")
    return page.replace(f"{_SCRIPT}</script>", f"{data}{script}</script>").encode()


@functools.lru_cache(maxsize=8)  # it takes a quarter of a second, and tests build for every virtual device
def pack(page: bytes) -> bytes:
    """The page gzipped, the same for the same page. Raises UserError when it is over LIMIT bytes."""
    import zopfli.gzip

    packed = zopfli.gzip.compress(page)
    if len(packed) > LIMIT:
        raise UserError(
            f"the page takes {len(packed):,} bytes gzipped, and {LIMIT:,} at most; build in fewer languages "
            "(--languages en,de) or make the brand's icon or instructions smaller"
        )
    return packed


def _read(source: Path, name: str) -> str:
    try:
        return (source / name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{source / name}: cannot be read ({error})") from None


def _fill(template: str, parts: dict[str, str]) -> str:
    def part(found: re.Match[str]) -> str:
        if found[1] not in parts:
            raise UserError(f"index.html: {found[0]} is unknown; there are {', '.join(parts)}")
        return parts[found[1]]

    return re.sub(r"{{(\w+)}}", part, template)


def _data(source: Path, brand: Brand | None, wanted: Sequence[str]) -> str:
    """The constant PAGE that the wizard reads: its texts, the languages' names, and the brand."""
    known = languages.load(source / "languages")
    own, where = {"name": "", "steps": {}}, "--languages"
    if brand:
        known = languages.merged(known, brand.texts, brand.folder / "languages")
        if not wanted:
            wanted, where = brand.languages, f"{brand.settings}: languages"
    texts = languages.chosen(known, wanted, where)
    if brand:
        own = {"name": brand.name, "steps": _steps(brand, known, list(texts))}
    keys, phrases = languages.phrases(texts)
    return (
        f"const PAGE={{languages:{_UNPACK}({_literal(keys)})({_literal(phrases)}),"
        f"names:{_literal(languages.names(texts))},brand:{_literal(own)}}};"
    )


def _steps(brand: Brand, known: languages.Texts, shown: list[str]) -> dict[str, tuple[str, ...]]:
    """The brand's instructions in the languages of the page; the first one's stand in for those of others."""
    languages.chosen(known, list(brand.steps), f"{brand.settings}: steps")
    if brand.steps and shown[0] not in brand.steps:
        raise UserError(
            f"{brand.settings}: steps lack {shown[0]!r}, the page's first language; add steps.{shown[0]}"
        )
    return {code: brand.steps[code] for code in shown if code in brand.steps}


def _literal(value: object) -> str:
    """A JavaScript literal that no HTML parser takes for anything else."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for char in "<\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def _script(text: str) -> str:
    if "<!--" in text or re.search(r"https?://(?!www\.w3\.org/)", text):
        raise UserError(f"wizard.js: refers to something outside, or holds <!--; {_WHOLE}")
    packed = _minify("application/javascript", f"(()=>{{{text}\n}})()")  # in a function, all names get short
    # The minifier joins and unescapes strings, and a browser ends the script at the first </script.
    return re.sub(r"</(?=script)", r"<\\/", packed, flags=re.IGNORECASE)


class _Resources(HTMLParser):
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            fetched = name in _FETCHED or (tag == "link" and name == "href")
            outside = not (value or "").startswith("data:") if fetched else _ELSEWHERE.match(value or "")
            if outside and (fetched or name in _LED_TO):
                raise UserError(f"index.html: <{tag} {name}={value!r}> leads outside; {_WHOLE}")


def _refuse_outside(page: str) -> None:
    reader = _Resources()
    reader.feed(page)
    reader.close()


@functools.lru_cache(maxsize=16)
def _minify(kind: str, text: str) -> str:
    """Smaller, with the same meaning. Raises UserError for what is not understood."""
    minifier = _minifier()
    try:
        return minifier.string(kind, text)
    except minifier.MinifyError as error:
        raise UserError(f"page: {kind}: {str(error).splitlines()[0]}") from None


@functools.cache
def _minifier() -> ModuleType:
    import minify  # eight megabytes: only when a page is built

    # Captive portals open in old WebViews: nothing younger than what the sources are written in.
    minify.config({"js-version": 2017, "html-keep-end-tags": True, "html-keep-document-tags": True})
    return minify
