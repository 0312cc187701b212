"""`gate probe camera`: frames a second, exposure, sharpness, and a code held in front of it."""

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import Annotated, Any

import typer

from drivers.frame import CameraError, Grey
from drivers.qr import Code, DecoderAbsent, read_all
from gate.commands.camera.eye import open_eye, taken_with
from gate.commands.configured import loaded
from gate.commands.probe.telling import ConfigFile, Json, Told, conclude
from gate.config import DEFAULT_FILE, Config
from gate.doctor.finding import Finding, good
from gate.doctor.probes.camera import ABSENT, BLIND, NO_CODE, POOR_CODE, SLOW_CAMERA
from gate.doctor.probes.lane import LANE_RUNS
from gate.eyes.legible import judge, judge_without
from gate.eyes.scanner import Camera
from gate.eyes.sharpness import sharpness
from gate.eyes.sight import Sample, nothing_in, sampled
from gate.status import answer_of

RATE_FRAMES = 30
SLOW = 0.8
"""Of the rate that the file asks for."""
READ_WITHIN_S = 2.0
MODULES = 57
"""Of a pass of usual length (version 10), where the reader does not say."""


@dataclass(slots=True)
class Seen:
    """What came of the look."""

    fps: float = 0.0
    size: tuple[int, int] = (0, 0)
    taken: str = ""
    blind: str = ""
    sharp: list[float] = field(default_factory=list)
    code: Code | None = None
    complaints: tuple[str, ...] = ()


def camera(
    config: ConfigFile = DEFAULT_FILE,
    *,
    seconds: Annotated[
        float, typer.Option(min=0, max=600, help="Wait so long for a code to be held up.")
    ] = 15.0,
    json_: Json = False,
) -> None:
    """Look through the camera: its rate, its exposure, what is sharp, and a code held up to it.

    Hold a pass (paper, or a phone) where visitors will hold theirs. With a running lane, which has
    the camera, only what the lane says of it: its rate over a second. Exit code 0: good. 1:
    something to look at (no code came, too slow). 2: there is no camera, or it sees nothing.

    \b
    Example:
      gate probe camera --config /etc/gate/gate.toml
    """
    lane, told = loaded(config), Told(silent=json_)
    if lane.camera.source == "picamera2" and (said := answer_of(lane.status_socket)) is not None:
        conclude("camera", *_of_the_lane(lane, said), told, json_=json_)
    seen = Seen()
    try:
        with closing(open_eye(lane)) as eye:
            _measure(eye, lane, seen, told)
            _read(eye, lane, seen, seconds, told)
            seen.taken = taken_with(eye)
    except (CameraError, DecoderAbsent) as error:
        conclude("camera", [ABSENT.found(str(error))], {}, told, json_=json_)
    conclude("camera", judged(seen, lane.camera.fps), _figures(seen, lane), told, json_=json_)


def _of_the_lane(lane: Config, said: dict[str, Any]) -> tuple[list[Finding], dict[str, Any]]:
    """Over a second of its life."""
    before, at = said.get("frames"), time.monotonic()
    time.sleep(1.0)
    later = answer_of(lane.status_socket) or {}
    if not isinstance(before, int) or not isinstance(later.get("frames"), int):
        return [LANE_RUNS.found("it runs, and this user may not ask it: take sudo")], {}
    fps = (later["frames"] - before) / (time.monotonic() - at)
    figures = {"fps": fps, "asked_fps": lane.camera.fps, "by": "the running lane"}
    if "camera" in later["faults"]:
        return [BLIND.found("the running lane has lost it (gate status)")], figures
    rate = _rate(fps, lane.camera.fps)
    return [rate, LANE_RUNS.found("it runs and has the camera: only its rate is told")], figures


def _measure(eye: Camera, lane: Config, seen: Seen, told: Told) -> None:
    """The rate, with nothing else to do, and whether the frames show anything."""
    eye.frame(lane.camera.stall_after_s)
    at, before, nothings = [], None, set()
    for _ in range(RATE_FRAMES + 1):
        grey = eye.frame(lane.camera.stall_after_s)
        at.append(time.perf_counter())
        sample: Sample = sampled(grey)
        nothings.add(nothing_in(sample, before if lane.camera.moves else None))
        before = sample.copy()
    seen.size = (grey.shape[1], grey.shape[0])
    seen.fps = 1 / median(later - earlier for earlier, later in pairwise(at))
    seen.blind = "" if None in nothings else ", ".join(sorted(str(it) for it in nothings))
    told.line(f"{seen.fps:.1f} frames a second of {lane.camera.fps}, {seen.size[0]}x{seen.size[1]}")


def _read(eye: Camera, lane: Config, seen: Seen, seconds: float, told: Told) -> None:
    """Frames until a code is read, or the time is over."""
    told.line("Hold a pass in front of the camera.")
    give_up_at = time.monotonic() + seconds
    while True:
        grey = eye.frame(lane.camera.stall_after_s)
        if (sharp := sharpness(grey)) is not None:
            seen.sharp.append(sharp)
        codes = read_all(grey, lane.scanner.decoder, deadline_s=READ_WITHIN_S)
        if codes:
            seen.code = codes[0]
            judgement = judge(grey, codes[0], codes[0].modules or MODULES)
            seen.complaints = judgement.complaints
            return
        if time.monotonic() >= give_up_at:
            seen.complaints = _why_none(grey)
            return
        told.now(f"sharpness {sharp:.1f}" if sharp is not None else "nothing sharp there")


def _why_none(grey: Grey) -> tuple[str, ...]:
    return tuple(judge_without(grey))


def judged(seen: Seen, asked_fps: int) -> list[Finding]:
    """What it means."""
    found = [_rate(seen.fps, asked_fps)]
    if seen.blind:
        return [*found, BLIND.found(f"every frame was {seen.blind}")]
    if seen.code is None:
        why = "; ".join(seen.complaints) or "nothing that looks like one"
        return [*found, NO_CODE.found(f"none was read: {why}")]
    reading = f"read by {seen.code.reader}, {len(seen.code.text)} characters"
    if seen.complaints:
        return [*found, POOR_CODE.found(f"{reading}: {'; '.join(seen.complaints)}")]
    return [*found, good(NO_CODE.tested, f"{reading}, {seen.code.size_px:.0f} px wide")]


def _rate(fps: float, asked: int) -> Finding:
    said = f"{fps:.1f} of {asked}"
    return good(SLOW_CAMERA.tested, said) if fps >= SLOW * asked else SLOW_CAMERA.found(said)


def _figures(seen: Seen, lane: Config) -> dict[str, Any]:
    sharp: Sequence[float] = seen.sharp
    return {
        "fps": round(seen.fps, 2),
        "asked_fps": lane.camera.fps,
        "size": seen.size,
        "taken": seen.taken,
        "sharpness": round(median(sharp), 1) if sharp else None,
        # What it says stays here: a pass belongs to whoever held it up.
        "code": None
        if seen.code is None
        else {"characters": len(seen.code.text), "px": round(seen.code.size_px, 1)},
    }
