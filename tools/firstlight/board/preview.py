"""`firstlight board preview`: a brand's page on a virtual device, anew whenever one of its files changes."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console

from firstlight.bench.boards import literals
from firstlight.bench.command import COMMANDS, live
from firstlight.bench.show import People
from firstlight.board.build import PACKED, PAGE, SOURCE, build
from firstlight.errors import UserError
from firstlight.home.household import Household

_LOOK_S = 0.3  # how often the files are looked at
_WELCOME = """\
Page      {url}
Wi-Fi     {ssid}  password {password}
Claim     {claim}  (15 minutes)
Files     {folders}  (save one, then reload the page)
Commands  {commands}"""


async def preview(
    board: str, brand: Path | None, languages: Sequence[str], portal: tuple[str, int], console: Console
) -> None:
    """Serve the page until `quit` or cancelled. Raises UserError when one of the arguments will not do."""
    with tempfile.TemporaryDirectory(prefix="firstlight-") as name:
        folder = Path(name)

        def make() -> Path:
            return build(brand=brand, languages=languages, output=folder / "firmware")

        tree = await asyncio.to_thread(make)
        async with Household(folder / "home", board=board, portal=portal, firmware=tree) as home:
            template = str(literals(SOURCE / "product.py")["TEMPLATE_ID"])
            claim = await home.account.new_claim_code(template, "My device")
            folders = [path for path in (brand, PAGE) if path]
            console.print(
                _WELCOME.format(
                    url=home.device.portal_url,
                    ssid=home.ssid,
                    password=home.password,
                    claim=claim.code,
                    commands=COMMANDS,
                    folders=" ".join(map(str, folders)),
                ),
                markup=False,
                soft_wrap=True,
            )
            task = asyncio.create_task(_follow(home, folders, make, console))
            try:
                await live(home.device, People(console))
            finally:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task


async def _follow(
    home: Household, folders: Sequence[Path], make: Callable[[], Path], console: Console
) -> None:
    """Build and flash anew after each change. A mistake is told, and the page that is there stays."""
    seen = _stamps(folders)
    while True:
        await asyncio.sleep(_LOOK_S)
        now = _stamps(folders)
        if now == seen:
            continue
        seen = now
        try:
            tree = await asyncio.to_thread(make)
            await home.device.flash(tree)
        except UserError as error:
            console.print(
                f"preview: {error}; the page stays as it was", style="red", markup=False, soft_wrap=True
            )
        else:
            size = (tree / PACKED).stat().st_size
            console.print(f"preview: the page is built anew, {size:,} bytes; reload it", style="bold cyan")


def _stamps(folders: Sequence[Path]) -> dict[Path, tuple[int, int]]:
    """What tells that a file below the folders has another content."""
    stamps = {}
    for folder in folders:
        for path in folder.rglob("*"):
            with contextlib.suppress(OSError):  # an editor's file that is gone already
                stat = path.stat()
                stamps[path] = stat.st_mtime_ns, stat.st_size
    return stamps
