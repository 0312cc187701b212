"""`gate pass` over real files: keys are made, passes are issued, and shown with a verdict."""

import json
import stat
from pathlib import Path

import pytest
from PIL import Image
from pyzbar import pyzbar
from typer.testing import CliRunner

from gate.commands.passes import app
from gate.drawing import MODULE_PX, QUIET_MODULES, draw
from gate.keys import load_keys

START = "2026-01-31T09:00+07:00"
WITHIN = "2026-01-31T10:00+07:00"
AFTER = "2026-01-31T13:00+07:00"


def run(*words: str | Path, stdin: str = "") -> tuple[int, str]:
    """The exit code and everything printed; an exception that nobody expected comes through."""
    result = CliRunner().invoke(app, [str(word) for word in words], input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def sentence(output: str) -> str:
    """What was printed without the frame and the line breaks around an error."""
    return " ".join(output.replace("│", " ").split())


@pytest.fixture
def key(tmp_path: Path) -> Path:
    private = tmp_path / "city.jwk"
    code, _ = run("keygen", "city-26", "--private", private, "--public", tmp_path / "keys.json")
    assert code == 0
    return private


def issued(key: Path, *more: str | Path) -> str:
    code, output = run("issue", "--key", key, "--venue", "demo-mall", "--from", START, *more)
    assert code == 0, output
    return output.removesuffix("\n")


# --- keygen ---------------------------------------------------------------------------------


def test_the_private_key_is_for_its_owner_only_and_the_public_file_is_one_for_gates(
    key: Path, tmp_path: Path
) -> None:
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert json.loads(key.read_bytes())["d"] not in (tmp_path / "keys.json").read_text()
    assert len(load_keys(tmp_path / "keys.json").candidates(b"city-26")) == 1


def test_another_key_is_added_to_the_public_file(key: Path, tmp_path: Path) -> None:
    code, _ = run("keygen", "next", "--private", tmp_path / "n", "--public", tmp_path / "keys.json")

    assert code == 0
    keys = load_keys(tmp_path / "keys.json")
    assert [found.cose.kid for found in keys.candidates(None)] == [b"city-26", b"next"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["city.jwk", "keys.json", "n"]
    assert key.exists()


def test_a_private_key_is_never_overwritten(key: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}

    code, output = run("keygen", "b", "--private", key, "--public", tmp_path / "keys.json")

    assert code == 1
    assert "exists and is left as it is" in output
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("contents", ['{"keys": [7]}', "{}", "[]", "", "no JSON"])
def test_a_public_file_that_a_gate_would_refuse_is_not_added_to(
    contents: str, tmp_path: Path
) -> None:
    (tmp_path / "keys.json").write_text(contents)

    code, output = run(
        "keygen", "a", "--private", tmp_path / "a", "--public", tmp_path / "keys.json"
    )

    assert (code, output.startswith(f"{tmp_path / 'keys.json'}: ")) == (1, True)
    assert [path.name for path in tmp_path.iterdir()] == ["keys.json"]


def test_more_keys_than_a_gate_takes_are_not_written(key: Path, tmp_path: Path) -> None:
    public = tmp_path / "keys.json"
    one = json.loads(public.read_bytes())["keys"][0]
    public.write_text(json.dumps({"keys": [one] * 32}))

    code, output = run("keygen", "a", "--private", tmp_path / "a", "--public", public)

    assert code == 1
    assert "1 to 32 keys" in output
    assert not (tmp_path / "a").exists()
    assert key.exists()


def test_a_bad_kid_one_file_for_both_and_a_missing_folder_are_told(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"

    assert "1 to 16 of" in sentence(run("keygen", "a b", "--private", tmp_path / "a")[1])
    assert "two files" in sentence(run("keygen", "a", "--private", file, "--public", file)[1])
    code, output = run("keygen", "a", "--private", tmp_path / "no" / "a", "--public", file)
    assert (code, file.exists()) == (1, False)
    assert output == f"{tmp_path / 'no' / 'a'}: No such file or directory\n"


# --- issue ----------------------------------------------------------------------------------


def test_an_issued_pass_is_accepted_and_shown_with_what_it_says(key: Path, tmp_path: Path) -> None:
    text = issued(key, "--party", "3", "--hours", "2", "--staff", "--assisted")

    code, output = run("show", text, "--keys", tmp_path / "keys.json", "--at", WITHIN)

    assert code == 0
    lines = dict(line.split(maxsplit=1) for line in output.splitlines()[-9:])
    assert lines.pop("pass") == f"{len(text)} characters, QR version 8"
    assert len(lines.pop("visit")) == 24
    assert lines == {
        "kid": "'city-26'",
        "venue": "demo-mall",
        "party": "3",
        "flags": "staff, needs more time or the wide lane",
        "from": "2026-01-31 02:00:00+00:00",
        "until": "2026-01-31 04:00:00+00:00",
        "verdict": "accepted",
    }


def test_many_passes_are_as_many_visits(key: Path) -> None:
    texts = issued(key, "--count", "5").splitlines()

    assert len(set(texts)) == 5


def test_a_pass_is_valid_from_now_unless_it_is_told_otherwise(key: Path, tmp_path: Path) -> None:
    _, text = run("issue", "--key", key, "--venue", "demo-mall")

    code, output = run("show", "--keys", tmp_path / "keys.json", stdin=text)

    assert (code, output.splitlines()[-1]) == (0, "verdict   accepted")


def test_the_picture_of_a_pass_can_be_read_back(key: Path, tmp_path: Path) -> None:
    png = tmp_path / "pass.png"

    text = issued(key, "--png", png).splitlines()[0]

    with Image.open(png) as image:
        found = pyzbar.decode(image)
        modules = image.width // MODULE_PX
    assert [symbol.data.decode() for symbol in found] == [text]
    assert modules == draw(text).symbol_size(border=0)[0] + 2 * QUIET_MODULES


def test_pictures_of_many_passes_are_numbered(key: Path, tmp_path: Path) -> None:
    issued(key, "--count", "2", "--png", tmp_path / "pass.png")

    assert sorted(path.name for path in tmp_path.glob("*.png")) == ["pass-1.png", "pass-2.png"]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--party", "21"], "party of 21: 1 to 20"),
        (["--hours", "24.01"], "at most 24 hours"),
        (["--hours", "inf"], "infinity"),
        (["--from", "tomorrow"], "'tomorrow': not like 2026-01-31T09:00+07:00"),
        (["--from", "0001-01-01T00:00+14:00"], "not like"),
        (["--venue", "Demo Mall"], "1 to 16 of a-z 0-9 -"),
    ],
)
def test_a_pass_that_gates_would_refuse_is_not_issued(
    key: Path, words: list[str], complaint: str
) -> None:
    code, output = run("issue", "--key", key, "--venue", "demo-mall", *words)

    assert code == 2
    assert complaint in sentence(output)


def test_a_key_file_that_cannot_sign_is_told_with_its_path(key: Path, tmp_path: Path) -> None:
    public = tmp_path / "keys.json"

    code, output = run("issue", "--key", public, "--venue", "demo-mall")
    assert (code, output.startswith(f"{public}: not a private JWK")) == (1, True)
    code, output = run("issue", "--key", tmp_path / "no", "--venue", "demo-mall")
    assert (code, output) == (1, f"{tmp_path / 'no'}: No such file or directory\n")
    assert key.exists()


def test_a_picture_that_cannot_be_written_is_told(key: Path, tmp_path: Path) -> None:
    png = tmp_path / "no" / "pass.png"

    code, output = run("issue", "--key", key, "--venue", "demo-mall", "--png", png)

    assert code == 1
    assert f"{png}: No such file or directory" in output


# --- show -----------------------------------------------------------------------------------


def test_a_pass_is_drawn_in_the_terminal_with_its_white_border(key: Path) -> None:
    text = issued(key)

    _, output = run("show", text)

    drawn = output.splitlines()[:-9]
    side = int(draw(text).symbol_size(border=QUIET_MODULES)[0])
    assert {len(line) for line in drawn} == {side}
    assert len(drawn) == (side + 1) // 2
    assert drawn[0] == drawn[1] == "█" * side
    assert "not verified" in output.splitlines()[-1]


def test_a_text_comes_from_a_file_or_standard_input_as_well(key: Path, tmp_path: Path) -> None:
    text = issued(key)
    (tmp_path / "pass.txt").write_bytes(text.encode() + b"\r\n")

    shown = [
        run("show", text),
        run("show", "--file", tmp_path / "pass.txt"),
        run("show", stdin=text + "\n"),
    ]

    assert shown[0][0] == 0
    assert shown[0] == shown[1] == shown[2]


def test_show_draws_into_a_file_instead_of_the_terminal(key: Path, tmp_path: Path) -> None:
    text = issued(key)

    _, output = run("show", text, "--png", tmp_path / "again.png")

    assert "█" not in output
    with Image.open(tmp_path / "again.png") as image:
        assert pyzbar.decode(image)[0].data.decode() == text


def test_a_refusal_is_told_with_its_code_and_why(key: Path, tmp_path: Path) -> None:
    text = issued(key)
    keys = tmp_path / "keys.json"

    late = run("show", text, "--keys", keys, "--at", AFTER)
    elsewhere = run("show", text, "--keys", keys, "--at", WITHIN, "--venue", "other")

    assert (late[0], late[1].splitlines()[-1]) == (1, "verdict   refused: expired (0 s ago)")
    assert elsewhere[0] == 1
    assert elsewhere[1].splitlines()[-1] == "verdict   refused: wrong_venue (for demo-mall)"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("AB2:AAAA", "refused: unsupported_version (version 2)\n"),
        ("AB1:000", "refused: unreadable (not a COSE_Sign1)\n"),
        ("hello", "refused: not_a_pass\n"),
        ("\udcff", "refused: not_a_pass\n"),
    ],
)
def test_what_is_no_pass_is_told_and_not_drawn(text: str, answer: str) -> None:
    assert run("show", text) == (1, answer)


def test_bad_keys_and_a_missing_file_are_told(key: Path, tmp_path: Path) -> None:
    code, output = run("show", issued(key), "--keys", key)
    assert (code, "JWKS looks like" in output) == (1, True)

    code, output = run("show", "--file", tmp_path / "no")
    assert (code, output) == (1, f"{tmp_path / 'no'}: No such file or directory\n")


@pytest.mark.parametrize("verb", ["keygen", "rotate", "issue", "show", "inspect", "revoke"])
def test_help_has_an_example(verb: str) -> None:
    code, output = run(verb, "--help")

    assert code == 0
    assert f"  gate pass {verb} " in output
