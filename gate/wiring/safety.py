"""The part of the drawing that is the same at every lane: what works with the Pi unplugged. Pure.

The turnstile's own supply goes through the fire panel to both locks; the entry's is opened by the
relay of the gate, the way out by nobody. docs/wiring.md says why.
"""

from gate.wiring.shapes import WIDTH, Box, Circle, Path, Rectangle, Sheet, Words

TOP, BOTTOM = 668.0, 824.0
SUPPLY = "#111"
FIRE = "#c25700"
ENTRY = "#b3261e"
EXIT = "#1b7a34"


def draw_safety(sheet: Sheet) -> None:
    """At the foot of the sheet."""
    sheet.add(
        Rectangle(Box(24, TOP, WIDTH - 24, BOTTOM), "#fdfbf5", "#888"),
        Words((36, TOP + 20), "By its own wiring, with the Pi unplugged", 13, bold=True),
        Words(
            (36, TOP + 38),
            "Locks that open without current (fail-safe). The Pi only sees the second pole of the"
            " fire panel's contact; the gate has no wire to the way out.",
            10.5,
        ),
        Words(
            (WIDTH - 36, TOP + 20),
            "A turnstile with a controller of its own: docs/wiring.md",
            10.5,
            "end",
        ),
    )
    high, low = TOP + 76, TOP + 126
    sheet.add(
        Words((36, high + 4), "+ turnstile's supply", 10.5, bold=True),
        Path(((190, high), (214, high)), SUPPLY, 2),
    )
    _closed(sheet, 214, high, "fire panel, pole 1, NC", FIRE)
    sheet.add(
        Path(((262, high), (420, high)), FIRE, 2),
        Circle((420, high), 3.4, FIRE, FIRE),
        Path(((420, high), (500, high)), ENTRY, 2),
        Path(((420, high), (420, low), (760, low)), EXIT, 2),
    )
    _closed(sheet, 500, high, "entry relay, COM to NC", ENTRY)
    sheet.add(Path(((548, high), (760, high)), ENTRY, 2))
    _lock(sheet, 760, high, "entry lock", ENTRY)
    _lock(sheet, 760, low, "lock of the way out, if it has one", EXIT)
    sheet.add(
        Path(((1040, high), (1080, high), (1080, low), (1040, low)), SUPPLY, 2),
        Words((1092, (high + low) / 2 + 4), "0 V", 10.5, bold=True),
        Words((436, low - 8), "no contact of the gate in this wire", 10.5, colour=EXIT),
    )


def _closed(sheet: Sheet, x: float, y: float, text: str, colour: str) -> None:
    """A contact that is closed at rest, 48 wide, with its name below."""
    sheet.add(
        Circle((x, y), 3.4, "#fff", colour),
        Path(((x + 3, y), (x + 45, y)), colour, 2.6),
        Circle((x + 48, y), 3.4, "#fff", colour),
        Words((x - 8, y + 20), text, 10.5, colour=colour),
    )


def _lock(sheet: Sheet, x: float, y: float, text: str, colour: str) -> None:
    """A coil, 280 wide."""
    sheet.add(
        Rectangle(Box(x, y - 14, x + 280, y + 14), "#fff", colour, 1.6),
        Words((x + 140, y + 4), text, 10.5, "middle", bold=True, colour=colour),
    )
