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
