"""What a technician is told about the codes in a picture."""

from dataclasses import dataclass

import numpy as np
import pytest
import segno

from gate.eyes.legible import Grey, judge, judge_without


@dataclass(frozen=True)
class Shown:
    corners: tuple[tuple[float, float], ...]
    size_px: float


def picture(*, module_px: int, dark: int, light: int) -> tuple[Grey, Shown, int]:
    """A frame with a code at (100, 50), the code, and its modules a side."""
    rows = [list(row) for row in segno.make("AB1:HELLO", micro=False).matrix_iter(border=0)]
    code = np.kron(np.array(rows, dtype=bool), np.ones((module_px, module_px), dtype=bool))
    side = len(code)
    frame = np.full((480, 640), (dark + light) // 2, dtype=np.uint8)
    frame[50 : 50 + side, 100 : 100 + side] = np.where(code, dark, light)
    corners = ((100, 50), (100 + side, 50), (100 + side, 50 + side), (100, 50 + side))
    return frame, Shown(tuple((float(x), float(y)) for x, y in corners), side), len(rows)


@pytest.mark.parametrize(
    ("module_px", "dark", "light", "complaint"),
    [
        (4, 20, 200, None),
        (3, 20, 200, "small: read"),
        (2, 20, 200, "too small: hold it nearer"),
        (6, 10, 255, None),
        (6, 160, 255, "blown out"),
        (6, 2, 65, "too dark"),
        (6, 100, 150, "little contrast"),
    ],
)
def test_what_a_code_is_like(module_px: int, dark: int, light: int, complaint: str | None) -> None:
    judged = judge(*picture(module_px=module_px, dark=dark, light=light))

    assert (judged.module_px, judged.dark, judged.light) == (module_px, dark, light)
    assert len(judged.complaints) == (0 if complaint is None else 1)
    assert complaint is None or judged.complaints[0].startswith(complaint)


def test_a_code_that_is_cut_by_the_edge_is_judged_by_what_is_there() -> None:
    frame, shown, modules = picture(module_px=4, dark=20, light=200)
    cut = tuple((x - 130, y - 60) for x, y in shown.corners)

    assert judge(frame[60:, 130:], Shown(cut, shown.size_px), modules).light == 200


def noisy(level: float) -> Grey:
    seen = np.random.default_rng(1).normal(level, 3, (480, 640))
    return np.clip(seen, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (noisy(10), "too dark"),
        (noisy(260), "blown out"),
        (noisy(120), "nothing to be seen"),
        (np.tile(np.linspace(50, 200, 640), (480, 1)).astype(np.uint8), "perhaps out of focus"),
    ],
)
def test_why_nothing_may_have_been_read(frame: Grey, said: str) -> None:
    (complaint,) = judge_without(frame)

    assert complaint.startswith(said)


def test_of_a_good_picture_without_a_code_nothing_is_said() -> None:
    checks = np.kron(np.indices((60, 80)).sum(axis=0) % 2, np.ones((8, 8)))

    assert judge_without((60 + 140 * checks).astype(np.uint8)) == ()
