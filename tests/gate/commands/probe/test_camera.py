"""`gate probe camera` over pictures, the simulator, and a lane that runs."""

import sys
from itertools import count
from pathlib import Path

import pytest
from PIL import Image

from drivers.qr import Code
from gate.commands.probe.camera import Seen, judged
from tests.gate.commands.probe.lanes import configured, probe, running, told
from tests.gate.configs import Changes

READ = Code(b"AB1:X", (1.0, 1.0), 200.0, "zxing")
SIMULATED: Changes = {
    "camera": {"source": "simulated", "width": 640, "height": 480, "fps": 60},
    "simulation": {"wires": "wires.sock"},
}


def codes(seen: Seen) -> set[str]:
    return {it.code for it in judged(seen, 15) if it.code}


def test_the_simulators_phone_is_read_and_its_text_is_not_told(tmp_path: Path) -> None:
    result = probe("camera", "--json", "--config", configured(tmp_path, SIMULATED))

    answer = told(result)
    assert answer["codes"] == set()
    assert answer["figures"]["code"]["characters"] > 20
    assert "AB1" not in result.output
    assert 10 < answer["figures"]["fps"] < 90


def test_frames_that_show_nothing_are_broken(tmp_path: Path) -> None:
    frames = tmp_path / "frames"
    frames.mkdir()
    Image.new("L", (640, 480), 3).save(frames / "a.png")
    camera: Changes = {"camera": {"source": "replay", "folder": "frames", "fps": 60}}

    result = probe("camera", "--seconds", "0", "--json", "--config", configured(tmp_path, camera))

    assert told(result)["codes"] == {"PROBE-CAMERA-BLIND"}


def test_without_a_camera_there_is_a_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "picamera2", None)

    result = probe("camera", "--json", "--config", configured(tmp_path, {}))

    assert told(result)["codes"] == {"PROBE-CAMERA-ABSENT"}


def test_what_was_seen_is_judged() -> None:
    assert codes(Seen(fps=15, code=READ)) == set()
    assert codes(Seen(fps=11.9, code=READ)) == {"PROBE-CAMERA-SLOW"}
    assert codes(Seen(fps=15, code=READ, complaints=("small",))) == {"PROBE-CAMERA-POOR"}
    assert codes(Seen(fps=15, complaints=("too dark",))) == {"PROBE-CAMERA-NO-CODE"}
    assert codes(Seen(fps=15, blind="black")) == {"PROBE-CAMERA-BLIND"}


def test_a_running_lane_keeps_the_camera_and_tells_its_rate(tmp_path: Path) -> None:
    file, asked = configured(tmp_path, {}), count()
    with running(file, status=lambda: {"frames": 15 * next(asked), "faults": []}):
        result = probe("camera", "--json", "--config", file)

    answer = told(result)
    assert answer["codes"] == {"PROBE-LANE-RUNS"}
    assert answer["figures"]["fps"] == pytest.approx(15, rel=0.3)
