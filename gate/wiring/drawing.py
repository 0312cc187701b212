"""The wiring of a lane on one sheet: the header in the middle, the parts at both sides. Pure.

Wires of odd pins go to the left and of even ones to the right, in the order of their pins, each
with a lane of its own for its vertical part: no two of them cross (`_lanes`). Ground and supply
are labels with their pin, not lines. Below stands what must work without the Pi.
"""

from collections.abc import Sequence

from gate.wiring.blocks import Block, blocks_of
from gate.wiring.header import HEADER
from gate.wiring.plan import Plan
from gate.wiring.safety import draw_safety
from gate.wiring.shapes import WIDTH, Box, Circle, Path, Rectangle, Sheet, Words

TOP, BOTTOM = 62.0, 652.0
"""Of header and parts."""
ROW = 28.0
LEFT, RIGHT = 494.0, 694.0
"""Edges of the header."""
EDGE = 24.0
PART = 360.0
"""Width of a part."""
TALLEST = 62.0
NAMES = {"3V3": "3.3 V", "5V": "5 V", "GND": "GND"}
SUPPLIES = {"3V3": "#f6d7a8", "5V": "#f4b4ae", "GND": "#c9c9c9"}


def drawn(plan: Plan) -> Sheet:
    """The sheet for this lane."""
    sheet = Sheet(f"Wiring of gate {plan.gate}")
    _draw_title(sheet, plan)
    blocks = blocks_of(plan)
    _draw_header(sheet, {place: block.colour for block in blocks for place in block.places})
    for left in (True, False):
        _draw_side(sheet, [block for block in blocks if block.on_the_left is left], left=left)
    draw_safety(sheet)
    return sheet


def _draw_title(sheet: Sheet, plan: Plan) -> None:
    sheet.add(
        Words((EDGE, 30), f"Gate {plan.gate}", 19, bold=True),
        Words((EDGE, 48), f"{plan.venue}, {plan.scan} lane. Drawn by gate wiring from its file."),
        Words((WIDTH - EDGE, 30), "Raspberry Pi, 40-pin header", 13, "end", bold=True),
        Words(
            (WIDTH - EDGE, 48), "All lines 3.3 V: 5 V on any of them destroys the Pi.", 10.5, "end"
        ),
    )


def _pin_y(place: int) -> float:
    return TOP + 22 + ROW * ((place - 1) // 2)


def _draw_header(sheet: Sheet, colours: dict[int, str]) -> None:
    box = Box(LEFT, TOP - 4, RIGHT, TOP + 22 + ROW * 19 + 22)
    sheet.add(Rectangle(box, "#fafafa", thick=1.6))
    middle = (LEFT + RIGHT) / 2
    for pin in HEADER:
        odd, y = pin.place % 2 == 1, _pin_y(pin.place)
        x = middle - 15 if odd else middle + 15
        colour = colours.get(pin.place)
        fill = SUPPLIES.get(pin.name, "#fff")
        sheet.add(
            Circle((x, y), 11, fill if colour is None else "#fff", colour or "#777"),
            Words((x, y + 3.4), str(pin.place), 9.5, "middle", bold=colour is not None),
            Words(
                (x - 17 if odd else x + 17, y + 3.8),
                NAMES.get(pin.name, pin.name),
                10.5,
                "end" if odd else "start",
                bold=colour is not None,
                colour=colour or "#666",
            ),
        )


def _draw_side(sheet: Sheet, blocks: Sequence[Block], *, left: bool) -> None:
    if not blocks:
        return
    pitch = min(TALLEST + 10, (BOTTOM - TOP) / len(blocks))
    height = min(TALLEST, pitch - 5)
    tops = _tops([_middle_of(block) for block in blocks], pitch, height)
    edge = EDGE + PART if left else WIDTH - EDGE - PART
    ends = []
    for block, top in zip(blocks, tops, strict=True):
        _draw_part(
            sheet,
            block,
            Box(edge - PART, top, edge, top + height)
            if left
            else Box(edge, top, edge + PART, top + height),
            left=left,
        )
        spread = [0.0] if len(block.places) == 1 else [-9.0, 9.0]
        ends += [
            (_pin_y(place), top + height / 2 + off, block.colour)
            for place, off in zip(block.places, spread, strict=True)
        ]
    start = LEFT if left else RIGHT
    for (y, end_y, colour), lane in zip(ends, _lanes([(y, to) for y, to, _ in ends]), strict=True):
        x = start + (-1 if left else 1) * (9 + 7.5 * lane)
        points = ((start, y), (x, y), (x, end_y), (edge, end_y))
        sheet.add(Path(points, colour, 2), Circle((edge, end_y), 3.4, colour, colour))


def _middle_of(block: Block) -> float:
    return sum(map(_pin_y, block.places)) / len(block.places)


def _tops(wanted: Sequence[float], pitch: float, height: float) -> list[float]:
    """Where each part begins: as near to its pin as those above and below let it."""
    tops: list[float] = []
    for middle in wanted:
        least = tops[-1] + pitch if tops else TOP - 4
        tops.append(max(least, middle - height / 2))
    limit = BOTTOM - height
    for number in reversed(range(len(tops))):
        tops[number] = min(tops[number], limit)
        limit = tops[number] - pitch
    return tops


def _lanes(wires: Sequence[tuple[float, float]]) -> list[int]:
    """Which vertical lane each wire takes, 0 nearest to the header; they stand in their order.

    Of wires that go up, a lower one turns farther from the header, of those that go down an upper
    one does: else it would cross the others on their way out of it.
    """
    lanes = [0] * len(wires)
    rising = [number for number, (start, end) in enumerate(wires) if end < start]
    falling = [number for number, (start, end) in enumerate(wires) if end >= start]
    for group in (rising, falling[::-1]):
        for lane, number in enumerate(group):
            lanes[number] = lane
    return lanes


def _draw_part(sheet: Sheet, block: Block, box: Box, *, left: bool) -> None:
    sheet.add(Rectangle(box, "#fff", block.colour, 1.6))
    x = box.left + 10 if left else box.left + 44
    step = min(15.0, (box.bottom - box.top - 6) / 3)
    size = min(10.5, step - 2)
    base = (box.top + box.bottom) / 2 - step + 0.36 * size
    for number, text in enumerate((block.title, *block.lines)):
        bold = number == 0
        sheet.add(
            Words(
                (x, base + number * step),
                text,
                size,
                bold=bold,
                colour=block.colour if bold else "#111",
            )
        )
    if block.contact:
        _draw_contact(sheet, block, box, left=left)


def _draw_contact(sheet: Sheet, block: Block, box: Box, *, left: bool) -> None:
    """The contact's symbol at rest, beside the terminal: closed, or open."""
    y = (box.top + box.bottom) / 2
    near, far = (box.right - 6, box.right - 34) if left else (box.left + 6, box.left + 34)
    toward = 1 if far > near else -1
    a, b = near + 7 * toward, far - 5 * toward
    lift = 0.0 if block.contact == "NC" else -8.0
    sheet.add(
        Path(((near, y), (a, y)), block.colour),
        Path(((a, y), (b, y + lift)), block.colour, 2.2),
        Path(((b, y), (far, y)), block.colour),
        Words(((a + b) / 2, y + 15), block.contact, 8.5, "middle", bold=True, colour=block.colour),
    )
