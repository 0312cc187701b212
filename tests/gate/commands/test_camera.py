"""`gate camera`, as it is called from a shell: over pictures, the simulator, and a stand-in."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import segno
from PIL import Image
from typer.testing import CliRunner, Result

from drivers.replay import read_picture
from gate.commands.camera import app
from gate.commands.camera.bench import bundled_frames, p99
from gate.commands.camera.eye import EXAMPLE
from gate.commands.camera.focus import Meter
from gate.config import load
from gate.model import Monotonic
from gate.status import StatusServer
from tests.drivers.picamera_standin import MOTOR, FreeRunning, Planes, StandInLibcamera
from tests.drivers.qr.drawings import drawn
from tests.gate.configs import Changes, text_of


def gate_camera(*words: str | Path) -> Result:
    """What the shell sees; an exception that nobody expected comes through."""
    result = CliRunner().invoke(app, [str(word) for word in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def configured(folder: Path, camera: dict[str, Any], more: Changes | None = None) -> Path:
    file = folder / "gate.toml"
    data: Changes = {"gate": {"data_dir": str(folder)}}
    file.write_text(text_of({**data, "camera": camera, **(more or {})}))
    return file


@pytest.fixture
def frames(tmp_path: Path) -> Path:
    """An empty folder of pictures."""
    folder = tmp_path / "frames"
    folder.mkdir()
    return folder


def phone(text: str, *, module_px: int = 4) -> Image.Image:
    code = Image.fromarray(drawn(text, scale=module_px)).point(lambda grey: 30 + grey * 200 // 255)
    frame = Image.new("L", (640, 480), 90)
    frame.paste(code, (200, 100))
    return frame


def replayed(folder: Path) -> Path:
    return configured(folder.parent, {"source": "replay", "folder": str(folder), "fps": 60})


# --- snapshot -------------------------------------------------------------------------------


def test_a_snapshot_shows_the_code_outlined_and_says_what_it_is_like(frames: Path) -> None:
    phone("AB1:HELLO").save(frames / "a.png")

    result = gate_camera("snapshot", "--config", replayed(frames), frames.parent / "look.png")

    picture = np.asarray(Image.open(frames.parent / "look.png"))
    green = (picture == (0, 200, 0)).all(axis=2)
    rows, columns = np.nonzero(green)
    assert result.exit_code == 0
    assert picture.shape == (480, 640, 3)
    # Version 1: 21 modules of 4 pixels, behind a quiet zone of 4, at (200, 100).
    assert (rows.min(), columns.min()) == pytest.approx((116, 216), abs=3)
    assert (rows.max(), columns.max()) == pytest.approx((200, 300), abs=3)
    assert "'AB1:HELLO'" in result.stdout
    assert "4.0 px a module" in result.stdout
    assert result.stdout.rstrip().endswith("good")


def test_a_snapshot_waits_for_a_phone_to_be_held_up(frames: Path) -> None:
    Image.new("L", (640, 480), 90).save(frames / "a.png")
    phone("AB1:LATER").save(frames / "b.png")
    out = frames.parent / "look.png"

    result = gate_camera("snapshot", "--json", "--config", replayed(frames), out)

    told = json.loads(result.stdout)
    (code,) = told["codes"]
    assert (told["width"], told["height"]) == (640, 480)
    assert (code["text"], code["module_px"]) == ("AB1:LATER", pytest.approx(4, abs=0.2))
    assert (code["light"], code["dark"]) == (230, 30)


def test_a_snapshot_without_a_code_says_why_and_is_there_all_the_same(frames: Path) -> None:
    Image.new("L", (640, 480), 5).save(frames / "a.png")
    out = frames.parent / "look.png"

    result = gate_camera("snapshot", "--seconds", "0", "--config", replayed(frames), out)

    assert result.exit_code == 2
    assert "no code was read" in result.stdout
    assert "too dark" in result.stdout
    assert read_picture(out).shape == (480, 640)


def test_what_a_terminal_would_obey_is_not_printed(frames: Path) -> None:
    phone("\x1b[2J\x07gone").save(frames / "a.png")

    result = gate_camera("snapshot", "--config", replayed(frames), frames.parent / "look.png")

    assert result.exit_code == 0
    assert "\x1b" not in result.stdout


def test_a_snapshot_is_read_with_the_decoder_of_the_file(
    frames: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a 32-bit system, which has pyzbar alone."""
    monkeypatch.delitem(sys.modules, "drivers.qr.zxing", raising=False)
    monkeypatch.delattr("drivers.qr.zxing", raising=False)
    monkeypatch.setitem(sys.modules, "zxingcpp", None)
    phone("AB1:OLD PI").save(frames / "a.png")
    camera = {"source": "replay", "folder": str(frames), "fps": 60}
    file = configured(frames.parent, camera, {"scanner": {"decoder": "pyzbar"}})

    result = gate_camera("snapshot", "--json", "--config", file, frames.parent / "look.png")

    assert result.exit_code == 0, result.stderr
    assert [code["reader"] for code in json.loads(result.stdout)["codes"]] == ["pyzbar"]


def test_a_snapshot_of_a_text_that_no_pass_has_room_for_is_told_like_any(frames: Path) -> None:
    """At level L a code holds more than at the level of a pass; pyzbar does not tell its size."""
    code = segno.make_qr("x" * 2800, error="l")
    code.save(str(frames / "a.png"), scale=4, border=4)
    camera = {"source": "replay", "folder": str(frames), "fps": 60}
    file = configured(frames.parent, camera, {"scanner": {"decoder": "pyzbar"}})

    result = gate_camera("snapshot", "--json", "--config", file, frames.parent / "look.png")

    (told,) = json.loads(result.stdout)["codes"]
    assert (len(told["text"]), told["module_px"]) == (2800, pytest.approx(4, abs=0.2))


def test_a_snapshot_that_cannot_be_written_is_a_sentence(frames: Path) -> None:
    phone("AB1:HELLO").save(frames / "a.png")

    result = gate_camera("snapshot", "--config", replayed(frames), frames / "no" / "look.png")

    assert result.exit_code == 1
    assert "cannot be written" in result.stderr


def test_the_simulator_holds_up_a_phone_of_its_own(tmp_path: Path) -> None:
    camera = {"source": "simulated", "width": 640, "height": 480}
    file = configured(tmp_path, camera, {"simulation": {"wires": "w"}})

    result = gate_camera("snapshot", "--json", "--config", file, tmp_path / "look.png")

    assert [code["text"] for code in json.loads(result.stdout)["codes"]] == [EXAMPLE]


class HeldUp(FreeRunning):
    """A phone in front of it."""

    def picture(self) -> Planes:
        planes = super().picture()
        planes[:480, :640] = np.asarray(phone("AB1:ON A PI"))
        return planes


def test_on_a_pi_the_file_decides_what_the_camera_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    libcamera = StandInLibcamera(stride=704, kind=HeldUp, offered=MOTOR)
    monkeypatch.setitem(sys.modules, "picamera2", libcamera.as_module())
    light = {"exposure_max_ms": 4, "gain_max": 2, "mains_hz": 60, "focus_cm": 25}
    size = {"width": 640, "height": 480, "fps": 60}
    file = configured(tmp_path, {**size, **light})

    result = gate_camera("snapshot", "--config", file, tmp_path / "look.png")

    asked = libcamera.openings.get(timeout=5.0).configuration
    assert result.exit_code == 0
    assert "'AB1:ON A PI'" in result.stdout
    assert "look.png: 640 x 480, 4.0 ms, gain 1.1, focus at 25 cm" in result.stdout
    assert asked["controls"]["FrameDurationLimits"] == (16667, 16667)
    assert (asked["controls"]["AfMode"], asked["controls"]["LensPosition"]) == (0, 4.0)
    assert libcamera.holder is None


def at_camera(verb: str) -> list[str]:
    """The verb, so that it opens the camera."""
    return [verb, "--camera"] if verb == "bench" else [verb]


# --- what can go wrong ----------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["snapshot", "focus", "bench"])
def test_a_file_that_is_wrong_is_told_as_everywhere(tmp_path: Path, verb: str) -> None:
    assert gate_camera(*at_camera(verb), "--config", tmp_path / "none.toml").exit_code == 78


@pytest.mark.parametrize("verb", ["snapshot", "focus", "bench"])
def test_without_a_camera_there_is_a_sentence(
    tmp_path: Path, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a laptop, also where this runs on a Pi."""
    monkeypatch.setitem(sys.modules, "picamera2", None)

    result = gate_camera(*at_camera(verb), "--config", configured(tmp_path, {}))

    assert result.exit_code == 1
    assert result.stderr.startswith("The camera gives no picture: picamera2 cannot be loaded")
    assert "rpicam-hello" in result.stderr


@pytest.fixture
def lane(tmp_path: Path) -> Iterator[Path]:
    """The file of a lane that runs."""
    file = configured(tmp_path, {})
    with StatusServer(
        path=load(file).status_socket,
        questions={"status": lambda: {"gate": "t01-a"}},
        on_crash=lambda error: pytest.fail(str(error)),
        clock=lambda: Monotonic(0.0),
    ) as server:
        server.start()
        yield file


@pytest.mark.parametrize("verb", ["snapshot", "focus", "bench"])
def test_while_the_lane_runs_the_camera_is_left_to_it(lane: Path, verb: str) -> None:
    result = gate_camera(*at_camera(verb), "--config", lane)

    assert result.exit_code == 1
    assert "sudo systemctl stop gate" in result.stderr


# --- focus ----------------------------------------------------------------------------------


def test_without_a_terminal_the_figure_is_told_line_by_line(frames: Path) -> None:
    phone("AB1:HELLO", module_px=8).save(frames / "a.png")

    result = gate_camera("focus", "--seconds", "0.8", "--config", replayed(frames))

    *lines, summary = result.stdout.splitlines()
    assert result.exit_code == 0
    assert 2 <= len(lines) <= 3
    assert all(line.startswith(("measuring", "sharpness ")) for line in lines)
    assert lines[-1].startswith("sharpness ")
    assert summary.startswith("The lens stands at ")
    assert summary.endswith("fix it.")


def test_where_nothing_is_to_be_seen_there_is_no_figure(frames: Path) -> None:
    Image.new("L", (640, 480), 90).save(frames / "a.png")

    result = gate_camera("focus", "--seconds", "0", "--config", replayed(frames))

    assert result.exit_code == 1
    assert "nothing to be seen sharp" in result.stderr


def metered(*figures: float | None) -> Meter:
    meter = Meter()
    for figure in figures:
        meter.take(figure)
    return meter


def test_the_best_is_kept_and_the_way_back_is_told() -> None:
    meter = metered(20, 30, 40, 40, 40, 20, 20, 20)

    assert (meter.now, meter.best) == (20, 40)
    assert meter.line.endswith("turn back")
    assert meter.summary == "The lens stands at 20.0; its best here was 40.0: turn back."


def test_a_single_frame_is_no_best() -> None:
    """A hand that passes by, a code that is taken away."""
    assert metered(20, 20, 20, 90, 20, 20).best == 20
    assert metered(90, 20, 20, 20).best == 20
    assert metered(20, 20).line == "measuring"


def test_what_is_taken_away_leaves_the_best() -> None:
    meter = metered(20, 20, 20, None)

    assert meter.now is None
    assert meter.line.startswith("nothing to be seen sharp")
    assert meter.summary == "The best was 20.0; at the end there was nothing to be seen."


# --- bench ----------------------------------------------------------------------------------


def test_each_decoder_reads_the_bundled_frames_and_its_camera_is_measured(frames: Path) -> None:
    phone("AB1:HELLO").save(frames / "a.png")

    result = gate_camera(
        "bench", "--json", "--rounds", "1", "--camera", "--config", replayed(frames)
    )

    told = json.loads(result.stdout)
    of = sum(one.text is not None for one in bundled_frames())
    by_name = {one["decoder"]: one for one in told["decoders"]}
    assert by_name.keys() == {"cascade", "pyzbar", "zxing"}
    assert by_name["cascade"]["right"] == by_name["cascade"]["of"] == of > 5
    for speed in by_name.values():
        assert speed["wrong"] == 0
        assert 0 < speed["median_ms"] <= speed["p99_ms"]
        assert speed["yardsticks"] == pytest.approx(speed["median_ms"] / told["yardstick_ms"])
    assert told["camera"]["asked_fps"] == 60
    assert 10 < told["camera"]["fps"] < 90
    assert told["camera"]["median_ms"] <= told["camera"]["p99_ms"]


@pytest.mark.parametrize(
    ("count", "percentile"), [(1, 0), (2, 1), (99, 98), (100, 98), (101, 99), (200, 197)]
)
def test_one_value_in_a_hundred_may_be_larger_than_the_99th_percentile(
    count: int, percentile: int
) -> None:
    assert p99([*reversed(range(count))]) == percentile
