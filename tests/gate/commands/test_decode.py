"""`gate decode`, as it is called from a shell."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import segno
import typer
from PIL import Image
from typer.testing import CliRunner, Result

from gate.commands.decode import decode


def gate_decode(*arguments: str | Path) -> Result:
    app = typer.Typer()
    app.command("decode")(decode)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def drawn(text: str | bytes) -> Image.Image:
    rows = [list(row) for row in segno.make(text, micro=False).matrix_iter(scale=4, border=4)]
    return Image.fromarray(np.where(np.array(rows, dtype=bool), 0, 255).astype(np.uint8))


@pytest.fixture
def code(tmp_path: Path) -> Path:
    path = tmp_path / "code.png"
    drawn("AB1:HELLO").save(path)
    return path


def test_each_file_is_one_json_line_in_the_given_order(code: Path, tmp_path: Path) -> None:
    blank = tmp_path / "blank.webp"
    Image.new("RGB", (64, 64), "white").save(blank)

    result = gate_decode("--json", blank, code)

    first, second = lines(result)
    assert result.exit_code == 0
    assert first["file"] == str(blank)
    assert first["texts"] == []
    assert second["file"] == str(code)
    assert second["texts"] == ["AB1:HELLO"]
    assert second["readers"] == ["zxing"]
    assert 0 < second["ms"] < 1000


@pytest.mark.parametrize(
    ("decoder", "reader"), [("cascade", "zxing"), ("zxing", "zxing"), ("pyzbar", "pyzbar")]
)
def test_one_reader_may_be_asked_alone(code: Path, decoder: str, reader: str) -> None:
    (line,) = lines(gate_decode("--json", "--decoder", decoder, code))

    assert (line["texts"], line["readers"]) == (["AB1:HELLO"], [reader])


def test_a_decoder_that_is_not_installed_is_told_with_the_way_out(
    code: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a 32-bit system, which has no wheel of zxing-cpp."""
    monkeypatch.delitem(sys.modules, "drivers.qr.zxing", raising=False)
    monkeypatch.delattr("drivers.qr.zxing", raising=False)
    monkeypatch.setitem(sys.modules, "zxingcpp", None)

    result = gate_decode(code)

    assert result.exit_code == 78
    assert 'decoder = "pyzbar"' in result.stderr
    assert gate_decode("--decoder", "pyzbar", code).exit_code == 0


def test_a_file_that_is_no_picture_is_an_error_and_the_others_go_on(
    code: Path, tmp_path: Path
) -> None:
    text = tmp_path / "notes.png"
    text.write_text("no picture")

    result = gate_decode("--json", text, tmp_path / "absent.png", tmp_path, code)

    no_picture, absent, folder, good = lines(result)
    assert result.exit_code == 1
    assert no_picture.keys() == absent.keys() == folder.keys() == {"file", "error"}
    assert "No such file" in absent["error"]
    assert good["texts"] == ["AB1:HELLO"]


def test_without_json_a_line_is_for_people(code: Path, tmp_path: Path) -> None:
    blank = tmp_path / "blank.png"
    Image.new("L", (64, 64), 255).save(blank)

    result = gate_decode(code, blank, tmp_path / "absent.png")

    first, second, third = result.stdout.splitlines()
    assert first.startswith(f"{code}: 'AB1:HELLO' by zxing (")
    assert first.endswith(" ms)")
    assert second.startswith(f"{blank}: no code (")
    assert third.startswith(f"{tmp_path / 'absent.png'}: error: ")
    assert result.exit_code == 1


def test_what_a_terminal_would_obey_is_not_printed(tmp_path: Path) -> None:
    drawn("\x1b[2J\x07gone").save(tmp_path / "evil.png")

    assert "\x1b" not in gate_decode(tmp_path / "evil.png").stdout


def test_a_code_on_a_transparent_ground_is_read_as_on_paper(tmp_path: Path) -> None:
    """Black modules on nothing: without the paper everything would be black."""
    alpha = drawn("AB1:CLEAR").point(lambda grey: 255 - grey)
    picture = Image.new("RGBA", alpha.size, (0, 0, 0, 0))
    picture.putalpha(alpha)
    picture.save(tmp_path / "clear.png")

    (line,) = lines(gate_decode("--json", tmp_path / "clear.png"))

    assert line["texts"] == ["AB1:CLEAR"]


def test_of_an_animation_the_first_picture_is_read(tmp_path: Path) -> None:
    first, second = drawn("AB1:ONE").convert("RGBA"), drawn("AB1:TWO").convert("RGBA")
    first.save(tmp_path / "p.webp", save_all=True, append_images=[second], lossless=True)

    (line,) = lines(gate_decode("--json", tmp_path / "p.webp"))

    assert line["texts"] == ["AB1:ONE"]


def test_a_name_that_is_not_utf8_is_no_error(code: Path, tmp_path: Path) -> None:
    odd = tmp_path / "p\udcff.png"
    code.rename(odd)

    result = gate_decode("--json", odd)

    assert result.exit_code == 0
    assert lines(result)[0]["texts"] == ["AB1:HELLO"]
