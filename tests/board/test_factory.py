"""Records, labels and batches: what a factory gives to each unit."""

from __future__ import annotations

import asyncio
import csv
import re
import stat
import subprocess
import sys
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp

from board_support import on_port
from firstlight.bench.storage import parse_mac
from firstlight.bench.world import AccessPoint, World
from firstlight.board.accesspoint import Product, wifi_uri
from firstlight.board.build import build
from firstlight.board.deploy import read_tree
from firstlight.board.drawing import Drawing
from firstlight.board.label import label
from firstlight.errors import UserError
from firstlight.phone.portal import Portal
from test_board_commands import PROGRAM, run
from test_deploy import put

TOKEN = "ABCDEFGHabcdefgh0123456789-_wxyz"
PASSWORD = "a secret password"
MAC = "24:6F:28:AB:CD:EF"
READ = """
import sys
sys.path[:] = [sys.argv[1], '.frozen']
from storage.credentials import Credentials
from storage.files import Files
from storage.journal import Journal
c = Credentials(Journal(Files(sys.argv[2] + '/')))
v = c.verified
networks = [(n.ssid, n.password, n.hidden, n.static) for n in v.networks]
print(repr((v.token, v.server, networks, c.candidate, c.ask, c.erasing)))
"""


def stored(folder: Path):
    """What the firmware finds in such a folder."""
    micropython = Path(sys.executable).with_name("micropython")
    done = subprocess.run(
        [micropython, "-c", READ, build() / "fw", folder], capture_output=True, text=True, check=True
    )
    return eval(done.stdout)


@pytest.fixture
def token_file(tmp_path):
    path = tmp_path / "token"
    path.write_text(TOKEN + "\n")
    return path


@pytest.fixture
def networks(tmp_path):
    path = tmp_path / "networks.toml"
    path.write_text(f"""
[[network]]
ssid = "Plant"
password = "{PASSWORD}"

[[network]]
ssid = "Hidden"
hidden = true
ip = "192.168.1.20"
mask = "255.255.255.0"
gateway = "192.168.1.1"
""")
    return path


def test_a_record_in_a_folder(tmp_path, token_file, networks):
    words = ("--token-file", token_file, "--networks", networks, "--server", "mqtt://broker.example:1883")
    status, said = run("provision-static", tmp_path / "root", *words)
    assert (status, said) == (0, [f"{tmp_path / 'root'}: verified record, 2 networks"])
    token, server, known, candidate, ask, erasing = stored(tmp_path / "root")
    assert (token, server) == (TOKEN, "mqtt://broker.example:1883")
    assert known == [
        (b"Plant", PASSWORD.encode(), False, ""),
        (b"Hidden", b"", True, "192.168.1.20,255.255.255.0,192.168.1.1,192.168.1.1"),
    ]
    assert (candidate, ask, erasing) == (None, False, 0)
    for path in [tmp_path / "root", *(tmp_path / "root").iterdir()]:
        assert not path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO), path


def test_a_new_record_leaves_nothing_of_the_earlier_one(tmp_path, token_file, networks):
    run("provision-static", tmp_path / "root", "--token-file", token_file, "--networks", networks)
    token_file.write_text("n" * 32)
    run("provision-static", tmp_path / "root", "--token-file", token_file)
    assert stored(tmp_path / "root")[:3] == ("n" * 32, "", [])
    left = b"".join(path.read_bytes() for path in (tmp_path / "root").iterdir())
    assert TOKEN.encode() not in left and PASSWORD.encode() not in left


def test_the_token_by_standard_input(tmp_path):
    words = [PROGRAM, "board", "provision-static", tmp_path / "r", "--token-file", "-"]
    done = subprocess.run(words, input=TOKEN + "\n", capture_output=True, text=True)
    assert done.returncode == 0 and TOKEN not in done.stdout + done.stderr
    assert stored(tmp_path / "r")[0] == TOKEN


def test_a_token_as_an_editor_of_windows_saves_it(tmp_path):
    (tmp_path / "token").write_bytes(b"\xef\xbb\xbf" + TOKEN.encode() + b"\r\n")
    (tmp_path / "n.toml").write_bytes(b'\xef\xbb\xbf[[network]]\r\nssid = "Plant"\r\n')
    words = ("--token-file", tmp_path / "token", "--networks", tmp_path / "n.toml")
    assert run("provision-static", tmp_path / "root", *words)[0] == 0
    assert stored(tmp_path / "root")[:3] == (TOKEN, "", [(b"Plant", b"", False, "")])
    piped = [PROGRAM, "board", "provision-static", tmp_path / "piped", "--token-file", "-"]
    subprocess.run(piped, input=(tmp_path / "token").read_bytes(), check=True)
    assert stored(tmp_path / "piped")[0] == TOKEN
    utf16 = b"\xff\xfe" + TOKEN.encode("utf-16-le")
    done = subprocess.run(piped, input=utf16, capture_output=True)
    assert done.returncode == 2 and done.stderr.count(b"\n") == 1


def test_an_empty_place_is_not_the_current_folder(tmp_path, token_file):
    words = [PROGRAM, "board", "provision-static", "", "--token-file", token_file]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)
    problem = "firstlight: PORT|DIR: is empty; give a board's port, or a folder\n"
    assert (done.returncode, done.stderr) == (2, problem)
    assert list(tmp_path.iterdir()) == [token_file]


ONE = '[[network]]\nssid = "x"\n'
SHORT = '[[network]]\nssid = "y"\npassword = "short"'
NUMBER = '[[network]]\nssid = "y"\npassword = 12345678'


@pytest.mark.parametrize(
    ("token", "toml", "server", "problem"),
    [
        (TOKEN[:5], None, "", "--token-file: a token has 32 characters, got 5"),
        ("ä" * 16, None, "", "--token-file: a token has letters, digits, - and _ only"),
        (TOKEN, None, "http://x", "--server: only mqtt:// and mqtts:// are understood"),
        (TOKEN, None, "x" * 129, "--server: at most 128 characters"),
        (
            TOKEN,
            '[[network]]\nssid = "x"\npassword = "short"',
            "",
            "--networks: network 1: password: 8 to 63 char",
        ),
        (
            TOKEN,
            '[[network]]\nssid = "x"\nip = "1.2.3.4"\nmask = "255.0.0.0"',
            "",
            "--networks: network 1: gateway: an addr",
        ),
        (
            TOKEN,
            '[[network]]\nssid = "x"\nip = "1.2.3.4"',
            "",
            "--networks: network 1: mask: an address like",
        ),
        (
            TOKEN,
            ONE + SHORT,
            "",
            "--networks: network 2: password: 8 to 63 characters or 64 hex digits, got 5",
        ),
        (TOKEN, "[[network]]\nssid = 7", "", ': network 1: ssid is a text; put it in quotes, ssid = "…"'),
        (TOKEN, ONE + NUMBER, "", ': network 2: password is a text; put it in quotes, password = "…"'),
        (TOKEN, '[[network]]\npassword = "long enough"', "", ': network 1: has no ssid; give ssid = "…"'),
        (TOKEN, ONE + 'hidden = "yes"', "", ": network 1: hidden is true or false, without quotes"),
        (TOKEN, ONE + "hidden = 1", "", ": network 1: hidden is true or false, without quotes"),
        (
            TOKEN,
            ONE + ONE + "hidden = true",
            "",
            ": network 2: has the ssid of network 1; a device knows each",
        ),
        (TOKEN, '[[network]]\nname = "x"', "", ": network 1: 'name' is not understood; there are dns, gat"),
        (TOKEN, ONE * 17, "", "has 17 networks; a device keeps 16"),
        (TOKEN, "nothing here", "", "is no TOML"),
        (TOKEN, "", "", "has no [[network]] table"),
    ],
)
def test_mistakes_are_one_line_without_secrets(tmp_path, token_file, token, toml, server, problem):
    token_file.write_text(token)
    words = ["--token-file", token_file, "--server", server]
    if toml is not None:
        (tmp_path / "n.toml").write_text(toml)
        words += ["--networks", tmp_path / "n.toml"]
    status, said = run("provision-static", tmp_path / "root", *words)
    assert (status, len(said)) == (2, 1) and problem in said[0], said
    assert not any(secret in said[0] for secret in (token, "short", "12345678", "long enough"))
    assert not list((tmp_path / "root").glob("*")) if (tmp_path / "root").exists() else True


def test_a_token_on_the_command_line_is_refused(tmp_path):
    status, said = run("provision-static", tmp_path, "--token", TOKEN)
    assert status == 2 and said[0].startswith("firstlight: --token: every user of this machine can read it")
    assert TOKEN not in said[0]
    assert run("provision-static", tmp_path)[1] == [
        "firstlight: --token-file: is needed; give a file, or - for standard input"
    ]
    status, said = run("provision-static", tmp_path, "--token-file", tmp_path / "none")
    assert status == 2 and "cannot read" in said[0]


PLANT = World([AccessPoint(b"Plant", PASSWORD, channel=1, rssi=-40, security="WPA2")], scale=0.02)


@pytest.mark.parametrize("board_name", ["esp8266_witty", "esp32c3_devkit"])
def test_a_record_over_a_port(tmp_path, token_file, networks, board_name):
    with on_port(tmp_path, board=board_name, world=PLANT) as board:
        status, said = run("provision-static", board.port, "--token-file", token_file)
        assert (status, said) == (
            2,
            [f"firstlight: {board.port}: has no firmware yet; `firstlight board deploy {board.port}` first"],
        )
        put(board, read_tree(build()))
        board.line(lambda line: line.endswith("state WAIT_CONFIG"))
        words = ("--token-file", token_file, "--networks", networks, "--server", "mqtt://127.0.0.1:9")
        status, said = run("provision-static", board.port, *words)
        assert (status, said) == (0, [f"{board.port}: verified record, 2 networks"])
        board.line(lambda line: line.endswith("state CONNECTING_CLOUD"))
        printed = "".join(event.get("line", "") for event in board.unit.events)
        assert TOKEN not in printed and PASSWORD not in printed
        status, said = run("deploy", board.port, "--board", board_name, "--tree", build())
        assert status == 0 and said[-1].endswith("the firmware is up, state CONNECTING_NET")


def test_a_record_in_a_virtual_device_and_without_a_network(tmp_path, token_file):
    with on_port(tmp_path, build()) as board:
        board.line(lambda line: line.endswith("state WAIT_CONFIG"))
        folder = tmp_path / "device"
        status, said = run("provision-static", folder, "--token-file", token_file)
        assert status == 2 and "another device is running" in said[0]
    status, said = run("provision-static", folder, "--token-file", token_file)
    assert (status, said) == (
        0,
        [f"{folder / 'flash.img'}: verified record, no network: the unit asks for one"],
    )
    with on_port(tmp_path, build()) as board:
        board.do(board.unit.wait("ap", 10, up=True))
        assert asyncio.run(told_by(board.unit.portal_url))["kept"]  # it has a token, and asks for a network


async def told_by(url: str) -> dict:
    async with Portal(url) as portal:
        return await portal.opened()


def codes(width: int, height: int, pixels: bytes) -> set[str]:
    """What a phone reads in a grey picture."""
    return {
        found.text for found in zxingcpp.read_barcodes(memoryview(pixels).cast("B", shape=[height, width]))
    }


def codes_of_pdf(content: bytes, scale: float = 6) -> set[str]:
    """Drawn with so many pixels a point."""
    page = pypdfium2.PdfDocument(content)[0]
    bitmap = page.render(scale=scale, grayscale=True)
    rows = (
        bytes(bitmap.buffer[at : at + bitmap.width])
        for at in range(0, bitmap.stride * bitmap.height, bitmap.stride)
    )
    return codes(bitmap.width, bitmap.height, b"".join(rows))


def codes_of_svg(content: bytes) -> set[str]:
    """Its path is rectangles; drawn at 20 pixels a millimetre."""
    scale, width, height = 20, 62 * 20, 29 * 20
    pixels = bytearray(b"\xff" * (width * height))
    number = r"(-?[\d.]+)"
    boxes = re.findall(rf"M{number} {number}h{number}v{number}h-[\d.]+z", content.decode())
    assert boxes
    for box in boxes:
        x, y, w, h = (float(value) * scale for value in box)
        for row in range(round(y), round(y + h)):
            first = row * width + round(x)
            last = row * width + round(x + w)
            pixels[first:last] = bytes(last - first)
    return codes(width, height, bytes(pixels))


PRODUCT = Product("Acme", 'Sensor "1"; x', esp8266=False, ap_password="factory secret")


def test_a_phone_reads_both_codes_of_a_label():
    mac = bytes.fromhex(MAC.replace(":", ""))
    drawing = label(PRODUCT, mac, "https://acme.example/#claim=K7QM-2X9A")
    expected = {
        f"WIFI:T:WPA;S:{PRODUCT.ssid(mac)};P:{PRODUCT.key(mac)};;".replace(
            'Sensor "1"; x', 'Sensor \\"1\\"\\; x'
        ),
        "https://acme.example/#claim=K7QM-2X9A",
    }
    assert codes_of_svg(drawing.svg()) == expected
    assert codes_of_pdf(drawing.pdf()) == expected
    text = pypdfium2.PdfDocument(drawing.pdf())[0].get_textpage().get_text_bounded()
    assert PRODUCT.ssid(mac) in text and PRODUCT.key(mac) in text and MAC in text


def test_a_label_without_a_claim_has_one_code():
    drawing = label(PRODUCT, bytes(6), None)
    assert len(codes_of_svg(drawing.svg())) == len(codes_of_pdf(drawing.pdf())) == 1
    assert drawing.pdf() == label(PRODUCT, bytes(6), None).pdf()


def test_names_in_other_scripts():
    drawing = label(Product("Müller", "電球", False, None), bytes(6), None)
    assert "電球" in drawing.svg().decode()
    with pytest.raises(UserError, match=r"a PDF label cannot show 'Müller 電球-\w+'; make an SVG"):
        drawing.pdf()
    drawing = label(Product("Müller (DE)", "Café", False, None), bytes(6), None)
    assert "Müller (DE) Café" in pypdfium2.PdfDocument(drawing.pdf())[0].get_textpage().get_text_bounded()


def test_a_code_that_holds_too_much():
    with pytest.raises(UserError, match="a QR code does not hold 3000 bytes; shorten the text"):
        Drawing(10, 10).code(0, 0, 10, "x" * 3000)


def test_the_longest_claim_is_read_from_a_label_printer_and_a_longer_one_refused(tmp_path):
    longest = "https://acme.example/claim/".ljust(152, "x")
    (tmp_path / "label.pdf").write_bytes(label(PRODUCT, bytes(6), longest).pdf())
    assert longest in codes_of_pdf((tmp_path / "label.pdf").read_bytes(), 203 / 72)  # dots of such a printer
    problem = "--claim: a code of 153 bytes in 21.6 mm is too fine to be printed and read; shorten the text"
    with pytest.raises(UserError, match=f"^{problem}$"):
        label(PRODUCT, bytes(6), longest + "x")
    words = ("label", MAC, "--output", tmp_path / "x.svg", "--claim", longest + "x")
    assert run(*words) == (2, [f"firstlight: {problem}"]) and not (tmp_path / "x.svg").exists()
    (tmp_path / "units.csv").write_text(f"mac,claim\n{MAC},{longest}x\n")
    assert run("batch", tmp_path / "units.csv", "--output", tmp_path / "run")[0] == 1
    assert report(tmp_path / "run")["2"] == ("failed", problem.replace("--claim", "claim"))


def test_every_name_and_key_fit_a_label():
    """29 bytes that each need a backslash, and the key beside them."""
    product = Product(";" * 40, "x", esp8266=True, ap_password="factory secret")
    drawing = label(product, bytes(6), None)
    assert codes_of_pdf(drawing.pdf(), 203 / 72) == {wifi_uri(product.ssid(bytes(6)), product.key(bytes(6)))}


def test_the_command_label(tmp_path):
    for kind in ("svg", "pdf"):
        status, said = run("label", MAC, "--output", tmp_path / f"label.{kind}", "--board", "esp8266_witty")
        assert status == 0 and said[0].startswith(f"{tmp_path / 'label'}.{kind}: ")
    name = said[0].partition(": ")[2]
    assert codes_of_svg((tmp_path / "label.svg").read_bytes()) == {f"WIFI:T:nopass;S:{name};;"}
    assert run("label", MAC, "--output", tmp_path / "label.png")[1] == [
        f"firstlight: --output: {tmp_path / 'label.png'} ends neither in .svg nor in .pdf"
    ]
    assert run("label", "nonsense", "--output", tmp_path / "x.svg")[0] == 2


@pytest.mark.parametrize("text", ["24:6F:28:AB:CD:EF", "24-6f-28-ab-cd-ef", "246f28abcdef", "246F28ABCDEF"])
def test_every_form_of_an_address(text):
    assert parse_mac(text) == bytes.fromhex("246f28abcdef")


@pytest.mark.parametrize(
    "text", ["246f28abcde", "246f28abcdef0", "24:6f28abcdef", "246f28abcdef\n", "2" * 32]
)
def test_what_is_no_address(text):
    with pytest.raises(UserError, match=r"is not six hex bytes, for example \S+ or 246f28abcdef$"):
        parse_mac(text)


def report(folder: Path) -> dict[str, tuple[str, str]]:
    with open(folder / "report.csv", newline="") as file:
        return {row["line"]: (row["result"], row["detail"]) for row in csv.DictReader(file)}
