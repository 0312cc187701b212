"""`gate status` in front of a lane's socket."""

import json
from dataclasses import replace
from pathlib import Path

import typer
from typer.testing import CliRunner

from gate.commands.configured import loaded
from gate.commands.status import status
from gate.eyes.scan_figures import ScannerFigures
from gate.model import Monotonic
from gate.status import StatusServer
from tests.gate.configs import text_of

LANE: dict[str, object] = {
    "gate": "t01-a",
    "venue": "mall-t01",
    "mode": "normal",
    "entry_free": False,
    "lamp": "green",
    "sentence": {"id": "Silakan", "en": "Please"},
    "release": False,
    "uncertain": False,
    "faults": [],
    "in": 5,
    "out": 2,
    "inside": 3,
    "pending": 0,
    "right": 10,
    "no_right": None,
    "frames": 1200,
    "backlog": 0,
    "clock": "good",
    "config": "in force",
    "lists": "in force",
    "cut_off": False,
    "thermometer": None,
    "upkeep": None,
}
FIGURES = ScannerFigures(
    frames=1200,
    looked=300,
    read=7,
    by_reader=(("zxing", 6), ("pyzbar", 1)),
    first_sights_s=(0.2, 0.3, 1.0),
)


def said(folder: Path, figures: ScannerFigures, *words: str) -> str:
    """What the command prints about a lane whose scanner has done this."""
    file = folder / "gate.toml"
    file.write_text(text_of({"gate": {"data_dir": str(folder)}}))
    window = StatusServer(
        path=loaded(file).status_socket,
        questions={"status": lambda: {**LANE, "scanner": figures.as_json()}},
        on_crash=lambda bug: None,  # noqa: ARG005 - the question would stay without an answer
        clock=lambda: Monotonic(0.0),
    )
    app = typer.Typer()
    app.command()(status)
    with window:
        window.start()
        result = CliRunner().invoke(app, ["--config", str(file), *words])
    assert result.exit_code == 0, result.output
    return result.output


def test_people_are_told_what_the_camera_has_seen(tmp_path: Path) -> None:
    assert (
        "  camera   1200 frames, 300 looked at, 7 read (6 by zxing, 1 by pyzbar);"
        " first sight to read 300 ms, at worst 1000 ms\n"
    ) in said(tmp_path, FIGURES)


def test_they_are_told_what_is_worth_a_look(tmp_path: Path) -> None:
    troubled = replace(FIGURES, unnoticed=2, second_looks=9, overdue=1)

    assert (
        "; 2 read though nobody was noticed; 9 second looks; 1 beyond their deadline\n"
    ) in said(tmp_path, troubled)


def test_a_lane_that_has_just_begun_says_only_what_it_knows(tmp_path: Path) -> None:
    assert "  camera   1200 frames, 0 looked at, 0 read\n" in said(
        tmp_path, ScannerFigures(frames=1200)
    )


def test_machines_get_all_figures(tmp_path: Path) -> None:
    answer = json.loads(said(tmp_path, FIGURES, "--json"))

    assert answer["scanner"]["by_reader"] == {"zxing": 6, "pyzbar": 1}
    assert answer["scanner"]["sight_to_read_ms"] == {"median": 300, "worst": 1000}
