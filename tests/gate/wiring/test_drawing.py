"""The drawing: valid, readable, complete, and the same for the same configuration."""

from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.wiring.doc import drawings
from gate.wiring.drawing import drawn
from gate.wiring.plan import ROLES, Plan
from gate.wiring.shapes import HEIGHT, WIDTH, Box, Path, Rectangle, Sheet, Words
from tests.gate.configs import ROOT
from tests.gate.wiring.lanes import FULL, on_one_side, planned

ODD = [4, 17, 27, 22, 10, 9, 11, 5, 6, 13, 19, 26]
EVEN = [14, 15, 18, 23, 24, 25, 8, 7, 12, 16, 20, 21]
LANES = {
    "smallest": planned(),
    "full": planned(**FULL),
    "all on the left": on_one_side(ODD),
    "all on the right": on_one_side(EVEN),
}
PAPER = Box(12, 6, WIDTH - 12, HEIGHT - 6)
"""What a printer reaches."""

Segment = tuple[tuple[float, float], tuple[float, float]]


def words_of(sheet: Sheet) -> list[Words]:
    return [it for it in sheet.shapes if isinstance(it, Words)]


def segments(sheet: Sheet) -> list[tuple[int, Segment]]:
    """The pieces of the lines, each with the number of its line."""
    paths = [it for it in sheet.shapes if isinstance(it, Path)]
    return [(n, piece) for n, path in enumerate(paths) for piece in pairwise(path.points)]


def box_of(piece: Segment) -> Box:
    (x, y), (to_x, to_y) = piece
    return Box(min(x, to_x) - 0.5, min(y, to_y) - 0.5, max(x, to_x) + 0.5, max(y, to_y) + 0.5)


def complaints(plan: Plan) -> list[str]:
    """What would make the sheet hard to read."""
    sheet = drawn(plan)
    texts = words_of(sheet)
    found = [
        f"{a.text!r} lies on {b.text!r}" for a, b in combinations(texts, 2) if a.box.meets(b.box)
    ]
    lines = [(number, box_of(piece)) for number, piece in segments(sheet)]
    for text in texts:
        box = text.box
        if not (box.left >= PAPER.left and box.right <= PAPER.right and box.bottom <= PAPER.bottom):
            found.append(f"{text.text!r} leaves the paper")
        if text.size < 8:
            found.append(f"{text.text!r} is smaller than 2 mm")
        found += [f"a line goes through {text.text!r}" for _, line in lines if box.meets(line)]
    parts = [it.box for it in sheet.shapes if isinstance(it, Rectangle) and it.fill == "#fff"]
    found += [f"{a} lies on {b}" for a, b in combinations(parts, 2) if a.meets(b)]
    bare = [(number, _shrunk(line)) for number, line in lines]
    for (n, one), (m, other) in combinations(bare, 2):
        if n != m and one.meets(other):
            found.append(f"the lines {one} and {other} cross")
    return found


def _shrunk(box: Box) -> Box:
    """Without its ends: two lines may touch with those, in a terminal or a contact."""
    wide, tall = box.right - box.left > 2, box.bottom - box.top > 2
    return Box(
        box.left + wide * 1.1, box.top + tall * 1.1, box.right - wide * 1.1, box.bottom - tall * 1.1
    )


@pytest.mark.parametrize("lane", LANES)
def test_nothing_overlaps_leaves_the_paper_or_is_too_small(lane: str) -> None:
    assert complaints(LANES[lane]) == []


@settings(max_examples=8, deadline=None)
@given(st.permutations(range(4, 28)), st.integers(0, len(ROLES)))
def test_whatever_is_wired_where_the_sheet_is_readable(pins: list[int], count: int) -> None:
    roles = {*list(ROLES)[:count], "relay", "sensor_a", "release"}
    wires = {role: {"pin": pin, "active": "high"} for role, pin in zip(ROLES, pins, strict=False)}
    assert complaints(planned(**{role: wires[role] for role in roles})) == []


@pytest.mark.parametrize("lane", LANES)
def test_the_drawing_is_valid_xml_on_a4(lane: str) -> None:
    root = ElementTree.fromstring(drawn(LANES[lane]).svg())  # noqa: S314 - our own

    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert (root.get("width"), root.get("height")) == ("297mm", "210mm")


@pytest.mark.parametrize("lane", LANES)
def test_every_wire_is_on_it_by_its_title_and_its_line_is_marked(lane: str) -> None:
    plan = LANES[lane]
    texts = {text.text: text for text in words_of(drawn(plan))}

    for wire in plan.wires:
        assert texts[wire.title].bold
        assert texts[wire.pin.name].bold
    marked = {text.text for text in texts.values() if text.bold and text.text.startswith("GPIO")}
    bus = {"GPIO2", "GPIO3"} if plan.thermometer else set()
    assert marked == {wire.pin.name for wire in plan.wires} | bus


def test_a_wire_ends_at_the_part_that_it_is_for() -> None:
    sheet = drawn(LANES["full"])
    by_colour = {"#c25700": "Release, fire panel", "#00696f": "Buzzer"}
    for colour, title in by_colour.items():
        wire = next(it for it in sheet.shapes if isinstance(it, Path) and it.colour == colour)
        name = next(it for it in words_of(sheet) if it.text == title)
        assert abs(wire.points[-1][1] - name.at[1]) < 25


def test_the_same_configuration_is_the_same_bytes() -> None:
    assert drawn(planned(**FULL)).svg() == drawn(planned(**dict(reversed(FULL.items())))).svg()


def test_a_release_that_does_not_fail_safe_is_drawn_as_what_it_is() -> None:
    texts = {text.text for text in words_of(drawn(LANES["all on the left"]))}
    assert "active LOW; cut wire reads: NOT RELEASED" in texts
    assert "NO" in texts


def test_the_drawings_of_the_documentation_are_those_of_the_code() -> None:
    """`make docs` writes them."""
    for name, svg in drawings().items():
        assert (ROOT / "docs" / name).read_text(encoding="utf-8") == svg
