"""`gate camera bench`: how fast this device reads codes, and how fast its camera is."""

import json
import platform
import time
import tomllib
import zlib
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import partial
from importlib.resources import as_file, files
from itertools import pairwise
from statistics import median
from typing import Annotated, Any, get_args

import typer
from rich.console import Console
from rich.table import Table

from drivers.frame import Grey
from drivers.qr import DecoderAbsent, Kind, open_decoder
from drivers.replay import read_picture
from gate.commands.camera.eye import ConfigFile, looking, taken_with
from gate.commands.configured import loaded
from gate.config import DEFAULT_FILE, Config

ROUNDS = 5
CAMERA_FRAMES = 60
YARDSTICKS = 15
PATIENCE_S = 10.0
"""Far longer than a lane has: what a look really takes is to be seen."""


@dataclass(frozen=True, slots=True)
class Bundled:
    """One of the frames that travel with the gate."""

    grey: Grey
    text: bytes | None
    """What is to be read in it; None for a frame without a code."""


@dataclass(frozen=True, slots=True)
class Speed:
    """What one decoder does with the bundled frames."""

    decoder: Kind
    median_ms: float
    p99_ms: float
    yardsticks: float
    """The median in times of the yardstick: what compares devices."""
    frames_a_second: float
    right: int
    wrong: int
    of: int


@dataclass(frozen=True, slots=True)
class Rate:
    """What the camera does."""

    asked_fps: float
    fps: float
    median_ms: float
    p99_ms: float
    frames: int
    taken: str


def bench(
    config: ConfigFile = DEFAULT_FILE,
    *,
    camera: Annotated[
        bool, typer.Option("--camera", help="Measure the camera of --config, too.")
    ] = False,
    rounds: Annotated[
        int, typer.Option(min=1, max=1000, help="Read every bundled frame so often.")
    ] = ROUNDS,
    json_: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Measure how fast this device reads the frames that travel with the gate, per decoder.

    Milliseconds are those of the first look at a frame, for which a lane waits a quarter of a
    second at most; right texts are those of both looks. The yardstick is the time that zlib takes
    for a megabyte here: a decoder that takes more yardsticks on one device than on another is
    slowed down there by something else than the processor. With --camera: the real intervals
    between frames.

    \b
    Example:
      gate camera bench --camera --config /etc/gate/gate.toml
    """
    rate = _rate(loaded(config)) if camera else None  # first: it may be an error
    bundled = bundled_frames()
    yardstick_ms = _yardstick_ms()
    speeds: list[Speed] = []
    absent: dict[str, str] = {}
    for kind in get_args(Kind):
        try:
            speeds.append(_speed(kind, bundled, rounds, yardstick_ms))
        except DecoderAbsent as error:
            absent[kind] = str(error)
    if json_:
        typer.echo(json.dumps(_as_json(speeds, absent, yardstick_ms, rate)))
        return
    console = Console()
    console.print(_table(speeds, yardstick_ms))
    for kind, why in absent.items():
        console.print(f"{kind}: {why}", markup=False)
    if rate is not None:
        console.print(_told(rate), markup=False, highlight=False)


def bundled_frames() -> list[Bundled]:
    """The frames beside `drivers/frames/frames.toml`, with their texts."""
    with as_file(files("drivers") / "frames") as folder:
        told = tomllib.loads((folder / "frames.toml").read_text(encoding="utf-8"))["frame"]
        return [
            Bundled(
                read_picture(folder / one["file"]),
                one["text"].encode() if "text" in one else None,
            )
            for one in told
        ]


def _speed(kind: Kind, bundled: Sequence[Bundled], rounds: int, yardstick_ms: float) -> Speed:
    with closing(open_decoder(kind, deadline_s=PATIENCE_S)) as decoder:
        decoder.read(bundled[0].grey)  # its libraries and threads are there from now on
        took = [_ms(partial(decoder.read, one.grey)) for _ in range(rounds) for one in bundled]
    read = _texts(kind, bundled)
    wanted = [[] if one.text is None else [one.text] for one in bundled]
    return Speed(
        decoder=kind,
        median_ms=median(took),
        p99_ms=p99(took),
        yardsticks=median(took) / yardstick_ms,
        frames_a_second=1000 * len(took) / sum(took),
        right=sum(texts == ours for texts, ours in zip(read, wanted, strict=True) if ours),
        wrong=sum(bool({*texts} - {*ours}) for texts, ours in zip(read, wanted, strict=True)),
        of=sum(bool(ours) for ours in wanted),
    )


def _texts(kind: Kind, bundled: Sequence[Bundled]) -> list[list[bytes]]:
    """What a lane reads in each frame with both its looks, on a device that has time for them.

    The clock of this decoder stands still while a look goes on, and is far ahead at the next.
    """
    now = 0.0
    read = []
    with closing(open_decoder(kind, deadline_s=PATIENCE_S, clock=lambda: now)) as decoder:
        for one in bundled:
            now += 3600
            codes = decoder.read(one.grey)
            decoder.settle(PATIENCE_S)
            read.append([code.text for code in (*codes, *decoder.late())])
    return read


def _rate(config: Config) -> Rate:
    stall_after_s = config.camera.stall_after_s
    with looking(config) as camera:
        camera.frame(stall_after_s)
        at = []
        for _ in range(CAMERA_FRAMES + 1):
            camera.frame(stall_after_s)
            at.append(time.perf_counter())
        taken = taken_with(camera)
    gaps = [1000 * (later - earlier) for earlier, later in pairwise(at)]
    fps = 1000 * len(gaps) / sum(gaps)
    return Rate(config.camera.fps, fps, median(gaps), p99(gaps), len(gaps), taken)


def p99(values: Sequence[float]) -> float:
    """The 99th percentile: the smallest value that 99 of 100 do not exceed."""
    return sorted(values)[-(-99 * len(values) // 100) - 1]


def _yardstick_ms() -> float:
    plain = bytes((place * place >> 7) & 0xFF for place in range(1 << 20))
    return median(_ms(lambda: zlib.compress(plain, 6)) for _ in range(YARDSTICKS))


def _ms(work: Callable[[], object]) -> float:
    before = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - before)


def _as_json(
    speeds: list[Speed], absent: dict[str, str], yardstick_ms: float, rate: Rate | None
) -> dict[str, Any]:
    return {
        "device": platform.platform(),
        "machine": platform.machine(),
        "yardstick_ms": yardstick_ms,
        "decoders": [asdict(speed) for speed in speeds],
        "absent": absent,
        "camera": None if rate is None else asdict(rate),
    }


def _table(speeds: list[Speed], yardstick_ms: float) -> Table:
    caption = f"1 yardstick is {yardstick_ms:.1f} ms here"
    table = Table(title="Reading the bundled frames", caption=caption)
    table.add_column("decoder")
    for title in ("ms median", "ms p99", "yardsticks", "frames/s", "right texts", "wrong"):
        table.add_column(title, justify="right")
    for speed in speeds:
        table.add_row(
            speed.decoder,
            f"{speed.median_ms:.1f}",
            f"{speed.p99_ms:.1f}",
            f"{speed.yardsticks:.2f}",
            f"{speed.frames_a_second:.0f}",
            f"{speed.right} of {speed.of}",
            str(speed.wrong),
        )
    return table


def _told(rate: Rate) -> str:
    taken = f"; taken with {rate.taken}" if rate.taken else ""
    return (
        f"The camera gives {rate.fps:.1f} frames a second of {rate.asked_fps:g}: an interval of"
        f" {rate.median_ms:.1f} ms median, {rate.p99_ms:.1f} ms p99 over {rate.frames}{taken}."
    )
