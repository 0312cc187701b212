"""A sheet of paper with lines, boxes and words on it, and its SVG. Pure.

Four shapes are all that a wiring drawing needs, so SVG is written by hand: the same sheet is the
same bytes. A unit is a quarter of a millimetre; the sheet is A4, lying.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape
from typing import Literal

WIDTH, HEIGHT = 1188, 840
"""297 x 210 mm."""

_FONT = "'DejaVu Sans', Verdana, 'Liberation Sans', Arial, sans-serif"
_ADVANCE = 0.62
"""Of the size, per character: a little more than the widest of these fonts takes on the average."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A place on the sheet."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Box") -> bool:
        """Whether they share more than an edge."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text; `at` is where its base line begins, is centred, or ends."""

    at: Point
    text: str
    size: float = 10.5
    anchor: Literal["start", "middle", "end"] = "start"
    bold: bool = False
    colour: str = "#111"

    @property
    def box(self) -> Box:
        """The place that it takes at most."""
        width = len(self.text) * self.size * (_ADVANCE + (0.06 if self.bold else 0))
        left = self.at[0] - {"start": 0.0, "middle": width / 2, "end": width}[self.anchor]
        return Box(left, self.at[1] - 0.8 * self.size, left + width, self.at[1] + 0.22 * self.size)


@dataclass(frozen=True, slots=True)
class Path:
    """A line through points."""

    points: tuple[Point, ...]
    colour: str = "#111"
    thick: float = 1.4
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A box with a border."""

    box: Box
    fill: str = "none"
    colour: str = "#111"
    thick: float = 1.2


@dataclass(frozen=True, slots=True)
class Circle:
    """A terminal, or a lamp."""

    centre: Point
    radius: float
    fill: str = "#fff"
    colour: str = "#111"


Shape = Words | Path | Rectangle | Circle


@dataclass(slots=True)
class Sheet:
    """What is on the paper, in the order in which it is drawn."""

    title: str
    shapes: list[Shape] = field(default_factory=list)

    def add(self, *shapes: Shape) -> None:
        """On top of what is there."""
        self.shapes += shapes

    def svg(self) -> str:
        """The sheet as an SVG document that prints on A4."""
        rows = [
            '<?xml version="1.0" encoding="UTF-8"?>',
            (
                '<svg xmlns="http://www.w3.org/2000/svg" width="297mm" height="210mm"'
                f' viewBox="0 0 {WIDTH} {HEIGHT}" font-family="{_FONT}">'
            ),
            f"<title>{escape(self.title)}</title>",
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
            *map(_element, self.shapes),
            "</svg>",
        ]
        return "\n".join(rows) + "\n"


def _element(shape: Shape) -> str:
    match shape:
        case Words():
            (x, y), weight = shape.at, ' font-weight="bold"' if shape.bold else ""
            return (
                f'<text x="{x:g}" y="{y:g}" font-size="{shape.size:g}" fill="{shape.colour}"'
                f' text-anchor="{shape.anchor}"{weight}>{escape(shape.text)}</text>'
            )
        case Path():
            dashes = ' stroke-dasharray="7 4"' if shape.dashed else ""
            return (
                f'<polyline points="{_points(shape.points)}" fill="none" stroke="{shape.colour}"'
                f' stroke-width="{shape.thick:g}" stroke-linejoin="round"{dashes}/>'
            )
        case Rectangle():
            box = shape.box
            return (
                f'<rect x="{box.left:g}" y="{box.top:g}" width="{box.right - box.left:g}"'
                f' height="{box.bottom - box.top:g}" rx="3" fill="{shape.fill}"'
                f' stroke="{shape.colour}" stroke-width="{shape.thick:g}"/>'
            )
        case Circle():
            (x, y) = shape.centre
            return (
                f'<circle cx="{x:g}" cy="{y:g}" r="{shape.radius:g}" fill="{shape.fill}"'
                f' stroke="{shape.colour}" stroke-width="1.2"/>'
            )


def _points(points: Iterable[Point]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in points)
