"""What a maker does wrong in their copy: one line that names the file, and never a dead board."""

from __future__ import annotations

import pytest

from workshop import Workshop

MAC = "24:6F:28:AB:CD:EF"


@pytest.fixture
def shop(tmp_path):
    return Workshop(tmp_path / "shop")


def refused(shop, problem, *commands):
    for words in commands:
        status, said = shop.run(*words)
        assert (status, len(said)) == (2, 1), (words, said)
        assert said[0].startswith(f"firstlight: {problem}"), (words, said)


def test_product_py_that_is_no_python(shop):
    shop.change("firmware/product.py", 'VENDOR = "Blynk"', 'VENDOR = "Blynk')
    (shop.folder / "token").write_text("x" * 32)
    (shop.folder / "units.csv").write_text(f"mac\n{MAC}\n")
    refused(
        shop,
        "firmware/product.py, line 4 does not compile: ",
        ("board", "build"),
        ("board", "build", "--board", "esp8266_witty"),
        ("board", "label", MAC, "--output", "x.svg"),
        ("board", "wifi-qr", MAC),
        ("board", "batch", "units.csv", "--output", "run"),
        ("board", "provision-static", "unit", "--token-file", "token"),
        ("board", "doctor", "/dev/null"),
        ("board", "deploy", "/dev/null"),
        ("device", "--dir", "device"),
    )


def test_a_board_that_is_no_python(shop):
    shop.board("mine", "BUTTON_PIN = 0", "BUTTON_PIN = (")
    problem = "firmware/boards/mine.py, line "
    refused(shop, problem, ("board", "build", "--board", "mine"), ("device", "--dir", "d", "--board", "mine"))


@pytest.mark.parametrize("board", ["esp8266_witty", "esp32_devkit"])
def test_an_application_that_is_no_python(shop, board):
    (shop.folder / "firmware/app.py").write_text("import product\n\n\ndef run(:\n")
    problem = "firmware/app.py, line 4 does not compile: invalid syntax"
    refused(shop, problem, ("board", "build", "--board", board))


def test_an_application_that_only_a_computer_understands(shop):
    """In the small build, whose sources are read by another Python first."""
    (shop.folder / "firmware/app.py").write_text("import product\n\n\ndef run(one, /):\n    pass\n")
    problem = "firmware/app.py, line 4 does not compile: invalid syntax"
    refused(shop, problem, ("board", "build", "--board", "esp8266_witty"))


def test_folders_that_cannot_be_written(shop):
    build = shop.folder / "build"
    commands = [("board", "build", "--board", board) for board in ("esp32_devkit", "esp8266_witty")]
    build.symlink_to("nowhere")
    refused(shop, "build: cannot be written (File exists); ", *commands)
    build.unlink()
    build.mkdir()
    (build / "firmware").touch()
    refused(shop, "build/firmware: cannot be written (File exists); ", *commands)
    (build / "firmware").unlink()
    (build / "package.json").mkdir()
    refused(shop, "build/package.json: cannot be written (Is a directory); ", *commands)
    (build / "romfs" / "firmware.romfs").mkdir(parents=True)
    words = ("board", "romfs", "--board", "esp8266_witty")
    refused(shop, "build/romfs/firmware.romfs: cannot be written (Is a directory); ", words)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('VENDOR = "Blynk"', "", ": VENDOR is not set; it is a text that is not"),
        (
            'VENDOR = "Blynk"',
            'VENDOR = ""',
            ", line 4: VENDOR cannot be that: it is a text that is not empty",
        ),
        (
            "CONFIG_WINDOW_S = 600",
            'CONFIG_WINDOW_S = "x"',
            ", line 28: CONFIG_WINDOW_S cannot be that: it is a numb",
        ),
        ('"blynk.cloud"', '"http://x"', ", line 12: SERVER cannot be that: only mqtt:// and mqtts:// are"),
        ('("blynk.setup",)', '("blynk.setup")', ", line 25: PORTAL_NAMES cannot be that: it is a tuple such"),
        ('TEMPLATE_ID = "TMPL00000000"', "", ": TEMPLATE_ID is not set; it is a text"),
        ('BOARD = "esp32_devkit"', 'BOARD = "nix"', ": BOARD 'nix' is unknown; there are esp32_devkit, "),
    ],
)
def test_values_that_the_firmware_would_refuse(shop, old, new, problem):
    shop.change("firmware/product.py", old, new)
    commands = [("board", "build"), ("board", "deploy", "/dev/null"), ("board", "doctor", "/dev/null")]
    if "BOARD" not in new:
        commands.append(("board", "build", "--board", "esp8266_witty"))
    refused(shop, f"firmware/product.py{problem}", *commands)


def test_values_that_are_computed_are_left_alone(shop):
    shop.change("firmware/product.py", "CONFIG_WINDOW_S = 600", "CONFIG_WINDOW_S = 10 * 60")
    shop.change("firmware/product.py", "INDICATE = None", "def INDICATE(name):\n    print(name)")
    assert shop.run("board", "build")[0] == 0


def test_a_secret_that_is_no_text_is_not_shown(shop):
    shop.change("firmware/product.py", "AP_PASSWORD = None", "AP_PASSWORD = 4711815")
    status, said = shop.run("board", "build")
    assert status == 2 and "AP_PASSWORD cannot be that" in said[0] and "4711815" not in said[0]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            'CHIP = "esp32"',
            'CHIP = "esp99"',
            'line 5: CHIP cannot be that: it is one of "esp32", "esp32s2", ',
        ),
        (
            'LED = "mono"',
            'LED = "neon"',
            'line 6: LED cannot be that: it is one of "mono", "rgb", "ws2812", ',
        ),
        ('LED = "mono"', 'LED = ["mono"]', 'line 6: LED cannot be that: it is one of "mono", '),
        ("(2,)", "2", "line 7: LED_PINS cannot be that: it is a tuple of one GPIO number, such as (2,) with"),
        ("(2,)", "(2, 3)", "line 7: LED_PINS cannot be that: it is a tuple of one GPIO number"),
        ("(2,)", '("2",)', "line 7: LED_PINS cannot be that: it is a tuple of one GPIO number"),
        ("BUTTON_PIN = 0", "BUTTON_PIN = None", "line 9: BUTTON_PIN cannot be that: it is a GPIO number"),
    ],
)
def test_boards_that_nothing_can_be_made_of(shop, old, new, problem):
    shop.board("mine", old, new)
    refused(
        shop,
        f"firmware/boards/mine.py, {problem}",
        ("board", "build", "--board", "mine"),
        ("device", "--dir", "device", "--board", "mine"),
    )


def test_a_board_that_lacks_a_fact(shop):
    shop.board("mine", "LED_INVERTED = False\n", "")
    problem = "firmware/boards/mine.py: LED_INVERTED is not set; it is True or False"
    refused(shop, problem, ("board", "build", "--board", "mine"))


@pytest.mark.parametrize(
    ("board", "micropython", "first"),
    [
        ("esp32_devkit", "1.26.x", "1.24"),
        ("esp32_devkit", "", "1.24"),
        ("esp8266_witty", "1.24", "1.25"),
        ("esp8266_witty", "x", "1.25"),
    ],
)
def test_releases_that_there_are_not(shop, board, micropython, first):
    problem = f"--micropython: '{micropython}' is not supported; there are {first} to 1.29"
    refused(shop, problem, ("board", "build", "--board", board, "--micropython", micropython))


def test_the_program_of_an_esp8266_is_no_tree_for_a_file_system(shop):
    assert shop.run("board", "romfs", "--board", "esp8266_witty")[0] == 0
    assert shop.run("board", "build", "--board", "esp8266_witty", "--micropython", "1.25")[0] == 0
    for tree in ("romfs-tree", "firmware"):
        for board in (("--board", "esp32c3_devkit"), ()):
            words = ("board", "deploy", "/dev/null", "--tree", f"build/{tree}", *board)
            refused(shop, f"--tree: build/{tree} is for an ESP8266, which runs it from ROMFS only; ", words)
