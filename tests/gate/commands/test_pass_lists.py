"""`gate pass` with lists: keys that roll over, sheets to print, checks one by one, revocations."""

import json
import time
from math import inf
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from drivers.qr import read_all
from gate.keys import KeySet, load_keys
from gate.model import Pass, Utc, VisitId
from gate.passes import verify
from gate.payloads import format_utc
from gate.revocations import load_revocations
from gate.venue import read_signed_keys
from tests.gate.commands.test_passes import AFTER, WITHIN, issued, key, run, sentence

__all__ = ["key"]  # a fixture

MOMENT = Utc(1_769_826_600)  # WITHIN


def listed(folder: Path, text: str) -> Path:
    path = folder / "guests.csv"
    path.write_text(text, encoding="utf-8")
    return path


# --- keys -----------------------------------------------------------------------------------


def test_a_key_rolls_over_with_both_good_meanwhile_and_the_version_goes_up(
    key: Path, tmp_path: Path
) -> None:
    public = tmp_path / "keys.json"
    assert load_keys(public).version == 1

    code, _ = run("rotate", "next", "--private", tmp_path / "n.jwk", "--public", public)

    assert code == 0
    keys = load_keys(public)
    (old,), (new,) = keys.candidates(b"city-26"), keys.candidates(b"next")
    assert keys.version == 2
    assert old.ends - 86_400 == pytest.approx(1_795_000_000, abs=10**9)
    assert new.is_valid(Utc(old.ends + 1), 0.0)
    assert not old.is_valid(Utc(old.ends), 0.0)
    assert key.exists()


def test_there_is_nothing_to_roll_over_without_a_public_file(tmp_path: Path) -> None:
    code, told = run("rotate", "k", "--private", tmp_path / "k", "--public", tmp_path / "nowhere")
    assert code == 1
    assert "does not exist" in told
    assert list(tmp_path.iterdir()) == []


# --- lists and sheets -----------------------------------------------------------------------


def test_a_list_becomes_passes_and_a_sheet_whose_codes_are_those_passes(
    key: Path, tmp_path: Path
) -> None:
    rows = "".join(f"Tamu {n},{1 + n % 4},{'yes' if n == 3 else ''}\n" for n in range(13))
    csv = listed(tmp_path, f"label,party,assisted\n{rows}")
    texts = issued(key, "--csv", csv, "--sheet", tmp_path / "sheet.png").splitlines()
    drawn = [line for line in texts if line.startswith("drawn in")]
    texts = [line for line in texts if line.startswith("AB1:")]
    assert (len(texts), len(drawn)) == (13, 2)

    seen: list[str] = []
    for number in (1, 2):
        page = np.asarray(Image.open(tmp_path / f"sheet-{number}.png").convert("L"))
        half = np.ascontiguousarray(page[::2, ::2])
        seen += [code.text.decode() for code in read_all(half)]
    assert sorted(seen) == sorted(texts)
    keys = load_keys(tmp_path / "keys.json")
    passes = [
        verify(text.encode(), keys=keys, venue="demo-mall", now=MOMENT, skew_s=0.0)
        for text in texts
    ]
    assert [p.party for p in passes if isinstance(p, Pass)] == [1 + n % 4 for n in range(13)]
    assert [p.assisted for p in passes if isinstance(p, Pass)] == [n == 3 for n in range(13)]


def test_a_sheet_is_a_pdf_of_all_pages_or_an_svg(key: Path, tmp_path: Path) -> None:
    issued(key, "--count", "13", "--sheet", tmp_path / "sheet.pdf")
    issued(key, "--csv", listed(tmp_path, "label\n<b>&\n"), "--sheet", tmp_path / "sheet.svg")

    pdf = (tmp_path / "sheet.pdf").read_bytes()
    assert pdf.startswith(b"%PDF")
    assert pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") >= 2
    svg = (tmp_path / "sheet.svg").read_text(encoding="utf-8")
    assert "&lt;b&gt;&amp;</text>" in svg
    assert svg.count("<path") == 1
    code, told = run(
        *("issue", "--key", key, "--venue", "demo-mall", "--sheet", tmp_path / "sheet.doc")
    )
    assert code == 2
    assert ".pdf, .png or .svg" in sentence(told)


def test_everything_wrong_with_a_list_is_told_with_its_lines_and_nothing_is_made(
    key: Path, tmp_path: Path
) -> None:
    csv = listed(tmp_path, "party,hours,staff\nmany,1,no\n2,1,perhaps\n1\n3,2,yes\n")
    code, told = run("issue", "--key", key, "--venue", "demo-mall", "--csv", csv)
    assert code == 1
    assert [f"line {n}" in told for n in (2, 3, 4, 5)] == [True, True, True, False]
    assert "AB1:" not in told

    csv = listed(tmp_path, "party,hours\n1,2\n21,2\n2,25\n")
    code, told = run("issue", "--key", key, "--venue", "demo-mall", "--csv", csv)
    assert code == 1
    assert "line 3: party of 21" in told
    assert "line 4: valid for 90000 s" in told
    assert "AB1:" not in told


@pytest.mark.parametrize(
    ("text", "what"),
    [("name,party\nBudi,2\n", "'name' is no column"), ("party\n", "no line"), ("", "no column")],
)
def test_a_list_of_another_form_is_told(key: Path, tmp_path: Path, text: str, what: str) -> None:
    csv = listed(tmp_path, text)
    code, told = run("issue", "--key", key, "--venue", "demo-mall", "--csv", csv)
    assert (code, what in told) == (1, True), told


# --- inspect and revoke ---------------------------------------------------------------------


def failed(output: str) -> list[str]:
    return [line.split()[1] for line in output.splitlines() if line.startswith("FAILED")]


def test_a_pass_is_looked_at_check_by_check(key: Path, tmp_path: Path) -> None:
    keys, text = tmp_path / "keys.json", issued(key)
    run("keygen", "city-26", "--private", tmp_path / "f.jwk", "--public", tmp_path / "f.json")
    forged = issued(tmp_path / "f.jwk")
    good = ("--keys", keys, "--venue", "demo-mall", "--at", WITHIN)

    assert run("inspect", text, *good)[0] == 0
    for shown, words, wrong in (
        (text, (*good[:4], "--at", AFTER), ["until"]),
        (text, ("--keys", keys, "--venue", "other", "--at", WITHIN), ["venue"]),
        (text, (*good[:4], "--at", "2026-01-30T09:00+07:00"), ["from"]),
        (forged, good, ["signature"]),
        ("AB1:NONSENSE", good, ["text"]),
    ):
        code, told = run("inspect", shown, *words)
        assert (code, failed(told)) == (1, wrong), told

    code, told = run("inspect", text, *good, "--json")
    answer = json.loads(told)
    assert (code, answer["accepted"]) == (0, True)
    assert [check["ok"] for check in answer["checks"]] == [True] * 8


def test_a_revoked_pass_is_refused_until_it_would_be_over_and_is_then_taken_out(
    key: Path, tmp_path: Path
) -> None:
    list_, keys = tmp_path / "revoked.txt", tmp_path / "keys.json"
    text, visit = issued(key), VisitId("0f549fdbf46589ada10d7811")
    just_over = format_utc(Utc(time.time() - 120))
    list_.write_text(
        f"# version 4\n# kept\n{'1' * 24} until=2026-01-01T00:00:00Z  # long over\n"
        f"{'2' * 24} until={just_over}  # lost telephone\n"  # over here, not yet at a slow clock
    )

    code, _ = run("revoke", text, visit, "--list", list_, "--remark", "lost telephone")

    assert code == 0
    lines = list_.read_text(encoding="utf-8").splitlines()
    assert lines[:2] == ["# version 5", "# kept"]
    assert len(lines) == 5
    assert all(line.endswith("# lost telephone") for line in lines[2:])
    revoked = load_revocations(list_)
    assert revoked.version == 5
    assert revoked.until[visit] == inf, "nobody knows when a pass begins whose id is all there is"
    code, told = run("inspect", text, "--keys", keys, "--at", WITHIN, "--revoked", list_)
    assert (code, failed(told)) == (1, ["visit"])


def test_what_is_neither_pass_nor_visit_is_not_revoked(tmp_path: Path) -> None:
    code, told = run("revoke", "Budi", "--list", tmp_path / "revoked.txt")
    assert code == 2
    assert "neither a pass" in sentence(told)
    assert not (tmp_path / "revoked.txt").exists()


# --- by the broker --------------------------------------------------------------------------


def test_signed_keys_are_what_a_gate_with_the_root_key_takes(key: Path, tmp_path: Path) -> None:
    del key
    root, public_root = tmp_path / "root.jwk", tmp_path / "root.json"
    assert run("keygen", "root", "--private", root, "--public", public_root)[0] == 0

    code, payload = run("sign", "mall", "--root", root, "--public", tmp_path / "keys.json")

    assert code == 0
    taken = read_signed_keys(payload.strip().encode(), root=load_keys(public_root), venue="mall")
    assert isinstance(taken, KeySet)
    assert taken == load_keys(tmp_path / "keys.json")


def test_keys_that_gates_would_not_take_are_not_signed(key: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("{}")
    for keys, root, why in (
        ("bad.json", key, "JWKS"),
        ("keys.json", tmp_path / "keys.json", "private JWK"),
        ("nowhere.json", key, "nowhere.json"),
    ):
        code, told = run("sign", "mall", "--root", root, "--public", tmp_path / keys)
        assert (code, why in told) == (1, True)
