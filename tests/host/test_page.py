"""The page as it is built: whole, small, escaped, and the same each time."""

from __future__ import annotations

import gzip
import html
import random
import re

import pytest

from firstlight.board import brand, build
from firstlight.board.page import LIMIT, assemble, pack
from firstlight.errors import UserError
from page_support import ENGLISH, GERMAN, INDEX, SQUARE, STYLE, brand_folder, evaluate, sources


def test_the_default_page_fits():
    page = pack(assemble(build.PAGE))
    assert len(page) <= LIMIT == 14336
    assert gzip.decompress(page).startswith(b"<!doctype html>")


def test_one_file_with_everything_in_it(tmp_path):
    page = assemble(sources(tmp_path)).decode()
    assert "{{" not in page
    assert "<title>Set up your device</title>" in page and '<h1 id="title">' not in page  # no quotes needed
    assert "--accent:#0b7a5c" in page and "greet=" in page
    assert "comment" not in page and "Why." not in page


def test_the_wizard_reads_all_languages_english_first(tmp_path):
    page = assemble(sources(tmp_path))
    without_name = {key: text for key, text in ENGLISH.items() if key != "language"}
    assert evaluate(page, "PAGE.languages.en") == without_name
    assert evaluate(page, "PAGE.languages.de.signal") == GERMAN["signal"]
    assert evaluate(page, "Object.keys(PAGE.languages)") == ["en", "de"]
    assert evaluate(page, "PAGE.names") == {"en": "English", "de": "Deutsch"}
    assert evaluate(page, "PAGE.brand") == {"name": "", "steps": {}}


def test_languages_are_chosen_and_ordered(tmp_path):
    source = sources(tmp_path)
    assert evaluate(assemble(source, None, ["de"]), "Object.keys(PAGE.languages)") == ["de"]
    assert evaluate(assemble(source, None, ["de", "en"]), "Object.keys(PAGE.languages)") == ["de", "en"]
    with pytest.raises(UserError, match=r"--languages: 'nl' is unknown; there are de, en"):
        assemble(source, None, ["nl"])
    with pytest.raises(UserError, match="'de' comes twice"):
        assemble(source, None, ["de", "de"])


def test_a_text_cannot_end_the_script_or_the_title(tmp_path):
    evil = "</script><script>1<!-- <script> \u2028 \\ \" ' ` ${ x }"
    folder = brand_folder(tmp_path, "name = '</title>&amp;<b>'", languages__en_json={"go": evil})
    page = assemble(sources(tmp_path), brand.load(folder))
    assert evaluate(page, "PAGE.languages.en.go") == evil
    assert evaluate(page, "PAGE.brand.name") == "</title>&amp;<b>"
    title = re.search(r"<title>(.*?)</title>", page.decode())
    assert title and html.unescape(title[1]) == "</title>&amp;<b>"


def test_a_name_is_no_stand_in(tmp_path):
    page = assemble(
        sources(tmp_path), brand.load(brand_folder(tmp_path, 'name = "x_script() x-style{top:0}"'))
    )
    assert b"<title>x_script() x-style{top:0}</title>" in page
    assert page.count(b"const PAGE=") == 1


def test_what_the_minifier_joins_cannot_end_the_script(tmp_path):
    page = assemble(sources(tmp_path))
    assert evaluate(page, "greet('xx')") == "none </script>"
    assert evaluate(page, "greet('de')") == "Deutsch"


def test_old_browsers_are_not_left_behind(tmp_path):
    script = "const pick = (a, b) => a === null || a === undefined ? b : a\nconst of = a => a && a.b"
    page = assemble(sources(tmp_path, script=script)).decode()
    assert "??" not in page and "?." not in page
    assert "min-width:40rem" in page


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("index", '<img src="https://example.com/a.png">'),
        ("index", "<script src='//example.com/a.js'></script>"),
        ("index", '<link rel="stylesheet" href="http://example.com">'),
        ("index", '<img src="logo.png">'),
        ("index", '<link rel="icon" href="/favicon.ico">'),
        ("index", '<a href="//example.com">there</a>'),
        ("index", '<form action="https://example.com"></form>'),
        ("style", "a { background: url(http://example.com/a.png) }"),
        ("style", "a { background: url('other.png') }"),
        ("style", '@import "other.css";'),
        ("script", 'fetch("https://example.com")'),
    ],
)
def test_nothing_comes_from_outside(tmp_path, part, text):
    whole = {"index": INDEX.replace("</h1>", "</h1>" + text), "style": STYLE + text, "script": text}[part]
    with pytest.raises(UserError, match="the page must hold everything itself"):
        assemble(sources(tmp_path, **{part: whole}))


def test_a_data_url_is_inside(tmp_path):
    html = INDEX.replace(
        "</h1>", '</h1><img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="><a href="/#a">a</a>'
    )
    assert b"R0lGOD" in assemble(sources(tmp_path, index=html))
    for quote in ("", "'", '"'):
        style = f"{STYLE} a {{ background: url({quote}data:image/gif;base64,R0lGODlhAQABAAAAACw={quote}) }}"
        assert b"R0lGOD" in assemble(sources(tmp_path, style=style))


def test_mistakes_in_the_sources_are_told(tmp_path):
    with pytest.raises(UserError, match=r"index.html: {{label}} is unknown"):
        assemble(sources(tmp_path, index="<h1>{{label}}</h1>"))
    with pytest.raises(UserError, match=r"page: application/javascript: .* line 1"):
        assemble(sources(tmp_path, script="const = 5"))
    with pytest.raises(UserError, match=r"wizard.js: cannot be read"):
        (sources(tmp_path) / "wizard.js").unlink()
        assemble(tmp_path / "page")


def test_a_page_without_placeholders_is_taken_as_it_is(tmp_path):
    mine = "<!doctype html>\n<p>  mine  </p>\n"
    assert assemble(sources(tmp_path, index=mine)) == mine.encode()
    with pytest.raises(UserError, match=r"index.html: has no {{placeholders}}"):
        assemble(tmp_path / "page", None, ["en"])


def test_packing_is_reproducible_and_plain_gzip(tmp_path):
    folder = brand_folder(tmp_path, icon_svg=SQUARE)
    pages = [assemble(sources(tmp_path), brand.load(folder)) for _ in range(2)]
    first = pack(pages[0])
    pack.cache_clear()
    assert pack(pages[1]) == first
    assert first[4:8] == bytes(4), "no time of its making in it"
    assert gzip.decompress(first) == pages[0]


def test_a_page_that_is_too_large_names_size_and_remedy():
    noise = random.Random(1).randbytes(LIMIT + 1)
    with pytest.raises(
        UserError, match=r"takes 14,\d\d\d bytes gzipped, and 14,336 at most; .*--languages en,de"
    ):
        pack(noise)
