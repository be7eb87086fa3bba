"""A brand's folder: what it says reaches the page, and each mistake in it is one clear line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from firstlight.board import brand, build
from firstlight.board.colours import contrast, text_on
from firstlight.board.page import assemble, pack
from firstlight.errors import UserError
from page_support import GERMAN, SQUARE, brand_folder, evaluate, sources

EXAMPLE = build.ROOT / "examples" / "brand"
DUTCH = {"language": "Nederlands", "hello": "Hallo {name}", "signal": "Signaal {n} van 4", "go": "Verder"}
ACCENT = 'name = "Acme"\naccent = {{ light = "{}", dark = "{}" }}'


def built(tmp_path: Path, *arguments, **files) -> bytes:
    return assemble(sources(tmp_path), brand.load(brand_folder(tmp_path, *arguments, **files)))


def test_the_example_is_sound():
    example = brand.load(EXAMPLE)
    assert example.name == "Meadow Thermostat" and example.icon and example.accent
    assert list(example.steps) == ["en", "de"]
    pack(assemble(build.PAGE, example))


def test_name_steps_and_languages_reach_the_page(tmp_path):
    settings = 'name = "Acme & Söhne"\nlanguages = ["de", "nl"]\n[steps]\nen = ["One"]\nde = ["Eins", "Zwei"]'
    page = built(tmp_path, settings, languages__nl_json=DUTCH, languages__de_json={"go": "Los"})
    assert "<title>Acme & Söhne</title>" in page.decode()
    assert evaluate(page, "PAGE.brand") == {"name": "Acme & Söhne", "steps": {"de": ["Eins", "Zwei"]}}
    assert evaluate(page, "PAGE.names") == {"de": "Deutsch", "nl": "Nederlands"}
    assert evaluate(page, "[PAGE.languages.de.go, PAGE.languages.de.hello]") == ["Los", GERMAN["hello"]]
    assert evaluate(page, "PAGE.languages.nl.go") == "Verder"


def test_languages_on_the_command_line_win(tmp_path):
    own = brand.load(brand_folder(tmp_path, 'name = "Acme"\nlanguages = ["de"]'))
    assert evaluate(assemble(sources(tmp_path), own, ["en"]), "Object.keys(PAGE.languages)") == ["en"]


def test_the_accent_comes_after_the_pages_own(tmp_path):
    page = built(tmp_path, ACCENT.format("#7A3E9D", "#d6a8f0")).decode()
    light = page.index("--accent:#7a3e9d;--on-accent:#ffffff")
    dark = page.index("prefers-color-scheme:dark", light)
    assert page.index("--accent:#0b7a5c") < page.index("--accent:#4ad9ab") < light < dark
    assert page.index("--accent:#d6a8f0;--on-accent:#000000") > dark


def test_contrast_is_that_of_wcag():
    assert contrast("#000000", "#ffffff") == contrast("#ffffff", "#000000") == 21
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)
    assert (text_on("#24c48e"), text_on("#7a3e9d")) == ("#000000", "#ffffff")
    greys = [f"#{level:02x}{level:02x}{level:02x}" for level in range(256)]
    assert min(contrast(grey, text_on(grey)) for grey in greys) >= 4.5


@pytest.mark.parametrize(
    ("light", "dark", "scheme"), [("#24c48e", "#d6a8f0", "light"), ("#7a3e9d", "#303", "dark")]
)
def test_a_faint_accent_is_refused_with_one_that_would_do(tmp_path, light, dark, scheme):
    with pytest.raises(UserError, match=rf"brand.toml: accent.{scheme} = .* is too faint") as refused:
        built(tmp_path, ACCENT.format(light, dark))
    found = re.search(r"; '(#\w{6})' would do", str(refused.value))
    assert found
    better = {"light": light, "dark": dark, scheme: found[1]}
    built(tmp_path, ACCENT.format(better["light"], better["dark"]))


def test_the_icon_stands_in_the_page_without_clashing(tmp_path):
    icon = """<?xml version="1.0" encoding="UTF-8"?>
        <!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
        <svg xmlns="http://www.w3.org/2000/svg" xmlns:ink="http://ink" width="48px" height="24"
            ink:version="1">
        <!-- drawn --><title>Logo</title><metadata><rdf/></metadata><ink:view/>
        <defs><linearGradient id="ssid"><stop offset="0" stop-color="#fff"/></linearGradient></defs>
        <path fill="url('#ssid')" d="M0 0h2v2z"/></svg>"""
    page = built(tmp_path, icon_svg=icon).decode()
    svg = re.search(r"<svg.*</svg>", page)
    assert svg
    assert 'viewBox="0 0 48 24"' in svg[0] and 'aria-hidden="true"' in svg[0]
    assert 'id="icon-ssid"' in svg[0] and "url(#icon-ssid)" in svg[0]
    for absent in ("width", "xmlns", "ink", "Logo", "drawn", "rdf"):
        assert absent not in svg[0].replace("linear", "")


def svg(inside: str, attributes: str = 'viewBox="0 0 2 2"') -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}>{inside}</svg>'


@pytest.mark.parametrize(
    ("icon", "told"),
    [
        (svg("<script>alert(1)</script>"), "<script> is not allowed; export it as plain SVG"),
        (svg("<style>* { color: red }</style>"), "<style> is not allowed"),
        (svg("<foreignObject/>"), "<foreignObject> is not allowed"),
        (svg('<a href="https://example.com"/>'), "<a> is not allowed"),
        (svg('<image href="https://example.com/a.png"/>'), "<image> is not allowed"),
        (svg('<path onclick="alert(1)"/>'), "onclick=… is a script"),
        (svg('<use href="other.svg#a"/>'), "href='other.svg#a' leads outside"),
        (svg('<path fill="url(https://example.com/#a)"/>'), "leads outside"),
        (svg('<path style="fill: u\\72l(//example.com)"/>'), "leads outside"),
        ('<!DOCTYPE svg [<!ENTITY a "b">]>' + svg("&a;"), "declares entities"),
        (svg("", ""), "needs a viewBox"),
        (svg("<path"), "is not SVG (not well-formed"),
        ("<html/>", "is not SVG; it begins with <svg"),
    ],
)
def test_an_icon_is_shapes_and_nothing_else(tmp_path, icon, told):
    with pytest.raises(UserError, match=re.escape(told)) as refused:
        brand.load(brand_folder(tmp_path, icon_svg=icon))
    assert "icon.svg: " in str(refused.value)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("", 'brand.toml: needs name = "…", 1 to 40 characters on one line'),
        ('name = ""', "needs name"),
        ('name = "a\\nb"', "needs name"),
        (f'name = "{"x" * 41}"', "needs name"),
        ("name = ", "brand.toml: "),
        ('name = "Acme"\ncolour = "#fff"', "brand.toml: 'colour' is unknown; there are name, accent"),
        ('name = "Acme"\naccent = "#fff"', "accent needs two colours"),
        ('name = "Acme"\naccent = { light = "#fff" }', "accent needs two colours"),
        (ACCENT.format("green", "#fff"), "accent.light = 'green' is not a colour such as '#0b7a5c'"),
        (ACCENT.format("#12345", "#fff"), "is not a colour"),
        ('name = "Acme"\nlanguages = "en"', "languages is no list of codes"),
        (
            'name = "Acme"\nlanguages = ["en", "xx"]',
            "brand.toml: languages: 'xx' is unknown; there are de, en",
        ),
        ('name = "Acme"\nsteps = ["One"]', "steps is a table of languages"),
        ('name = "Acme"\nsteps.en = "One"', "steps.en is no list of instructions"),
        ('name = "Acme"\nsteps.en = ["One", ""]', "steps.en is no list of instructions"),
        (f'name = "Acme"\nsteps.en = {["x"] * 11}', "steps.en has 11 instructions; 10 at most"),
        (f'name = "Acme"\nsteps.en = ["{"x" * 201}"]', "over 200 characters"),
        ('name = "Acme"\nsteps.xx = ["One"]', "steps: 'xx' is unknown"),
        ('name = "Acme"\nsteps.de = ["Eins"]', "steps lack 'en', the page's first language; add steps.en"),
    ],
)
def test_mistakes_in_brand_toml(tmp_path, settings, told):
    with pytest.raises(UserError, match=re.escape(told)) as refused:
        built(tmp_path, settings)
    assert "\n" not in str(refused.value) and "brand.toml" in str(refused.value)


def without(texts: dict[str, str], *keys: str) -> dict[str, str]:
    return {key: text for key, text in texts.items() if key not in keys}


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"languages__en_json": {"helo": "Hi {name}"}}, "en.json: 'helo' is unknown; did you mean 'hello'?"),
        ({"languages__en_json": {"xyz": "?"}}, "en.json: 'xyz' is unknown; there are go, hello, language"),
        (
            {"languages__en_json": {"hello": "Hi {who}"}},
            "en.json: hello has other placeholders than the English",
        ),
        ({"languages__en_json": {"hello": "Hi"}}, "it needs {name}"),
        ({"languages__en_json": {"go": "Go {name}"}}, "it needs none"),
        ({"languages__en_json": {"go": " "}}, "en.json: go is empty"),
        (
            {"languages__nl_json": without(DUTCH, "go", "hello")},
            "nl.json: lacks hello, go; a language of your own",
        ),
        ({"languages__nl_json": ["go"]}, "nl.json: is not one object of texts"),
        ({"languages__nl_json": {"go": 1}}, "nl.json: is not one object of texts"),
        ({"languages__nl_json": "{"}, "nl.json: cannot be read"),
        ({"languages__dutch_json": DUTCH}, "dutch.json: is no language; name it by two letters"),
        ({"languages__nl_txt": "?"}, "nl.txt: is no language"),
        (
            {"icon_png": "?"},
            "icon.png: does not belong to a brand; there are brand.toml, icon.svg, languages",
        ),
    ],
)
def test_mistakes_in_the_folder(tmp_path, files, told):
    with pytest.raises(UserError, match=re.escape(told)) as refused:
        built(tmp_path, **files)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["brand.toml", "icon.svg", "languages/en.json"])
def test_a_file_that_is_not_utf8(tmp_path, name):
    folder = brand_folder(tmp_path, icon_svg=SQUARE, languages__en_json={})
    (folder / name).write_bytes(b"\xff\xfe")
    with pytest.raises(UserError, match=rf"{name}: is not UTF-8; save it as that"):
        brand.load(folder)


def test_a_mark_before_utf8_is_no_mistake(tmp_path):
    folder = brand_folder(tmp_path, languages__en_json={"go": "Next"})
    for path in (folder / "brand.toml", folder / "languages" / "en.json"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert brand.load(folder).texts == {"en": {"go": "Next"}}


def test_a_folder_or_file_that_is_missing(tmp_path):
    with pytest.raises(UserError, match=r"--brand: .*nope is no folder"):
        brand.load(tmp_path / "nope")
    with pytest.raises(UserError, match=r"brand.toml: is missing; it says at least name"):
        brand.load(tmp_path)


def test_what_editors_and_systems_leave_behind_is_no_mistake(tmp_path):
    folder = brand_folder(tmp_path, icon_svg=SQUARE, languages__en_json={})
    for name in (".DS_Store", "brand.toml~", "README.md", "languages/.en.json.swp", "languages/en.json~"):
        (folder / name).write_text("")
    assert brand.load(folder).name == "Acme"
