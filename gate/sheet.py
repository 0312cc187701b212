"""Codes on A4 pages, ready to print and to cut: a code, its label below, a line to cut along."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from PIL import Image, ImageDraw, ImageFont

from gate.drawing import QUIET_MODULES, draw

DPI = 300
WIDTH_MM, HEIGHT_MM, MARGIN_MM = 210.0, 297.0, 10.0
LABEL_MM = 5.0


@dataclass(frozen=True, slots=True)
class Layout:
    """How many codes a page has, and how large they are."""

    columns: int
    rows: int
    code_mm: float


PASSES = Layout(3, 4, 52.0)
"""About a millimetre for each module: a camera at 30 cm has three pixels for it."""

LARGE = Layout(2, 3, 80.0)
"""The same for a code of twice as many modules."""


@dataclass(frozen=True, slots=True)
class Card:
    """A code's text, and what stands below it."""

    text: str
    label: str


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a card is on its page, in millimetres from the upper left corner."""

    card: Card
    code_mm: float
    x: float
    y: float
    width: float
    height: float

    @property
    def code(self) -> tuple[float, float]:
        """The corner of the code, its white border included."""
        return self.x + (self.width - self.code_mm) / 2, self.y + 2.0


def save_sheet(cards: Sequence[Card], path: Path, layout: Layout = PASSES) -> list[Path]:
    """Write the pages; a PDF holds all of them, a picture one: then the files are numbered.

    Returns what was written. Raises ValueError for a kind of file that is none of the three.
    """
    kind = path.suffix.lower()
    if kind not in {".pdf", ".png", ".svg"}:
        raise ValueError(f"{path.name}: a sheet is a .pdf, .png or .svg")
    a_page = layout.columns * layout.rows
    pages = [
        list(_cells(cards[first : first + a_page], layout))
        for first in range(0, len(cards), a_page)
    ]
    if kind == ".pdf":
        first, *more = [_picture(page) for page in pages]
        first.save(path, "PDF", save_all=True, append_images=more, resolution=DPI)
        return [path]
    single = len(pages) == 1
    names = [path if single else path.with_stem(f"{path.stem}-{n + 1}") for n in range(len(pages))]
    for name, page in zip(names, pages, strict=True):
        if kind == ".png":
            _picture(page).save(name, "PNG", dpi=(DPI, DPI))
        else:
            name.write_text(_svg(page), encoding="utf-8")
    return names


def _cells(cards: Sequence[Card], layout: Layout) -> Iterator[Cell]:
    width = (WIDTH_MM - 2 * MARGIN_MM) / layout.columns
    height = (HEIGHT_MM - 2 * MARGIN_MM) / layout.rows
    for number, card in enumerate(cards):
        row, column = divmod(number, layout.columns)
        corner = (MARGIN_MM + column * width, MARGIN_MM + row * height)
        yield Cell(card, layout.code_mm, *corner, width, height)


def _picture(page: Sequence[Cell]) -> Image.Image:
    picture = Image.new("L", (_px(WIDTH_MM), _px(HEIGHT_MM)), 255)
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(_px(LABEL_MM * 0.7))
    for cell in page:
        corner = (_px(cell.x), _px(cell.y))
        pen.rectangle((*corner, _px(cell.x + cell.width), _px(cell.y + cell.height)), outline=200)
        rows = _rows(cell.card.text)
        code = Image.new("L", (len(rows), len(rows)), 255)
        code.putdata([0 if dark else 255 for row in rows for dark in row])
        whole = _px(cell.code_mm) // len(rows)  # a whole number of pixels for each module
        x, y = cell.code
        picture.paste(
            code.resize((whole * len(rows),) * 2, Image.Resampling.NEAREST), (_px(x), _px(y))
        )
        below = (_px(cell.x + cell.width / 2), _px(y + cell.code_mm + LABEL_MM / 2))
        pen.text(below, cell.card.label, fill=0, font=font, anchor="mm")
    return picture


def _svg(page: Sequence[Cell]) -> str:
    size = f'width="{WIDTH_MM:g}mm" height="{HEIGHT_MM:g}mm"'
    box = f'viewBox="0 0 {WIDTH_MM:g} {HEIGHT_MM:g}"'
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" {size} {box}>']
    lines.append('<rect width="100%" height="100%" fill="#fff"/>')
    for cell in page:
        rows, (x, y), side = _rows(cell.card.text), cell.code, LABEL_MM * 0.7
        dark = "".join(
            f"M{column} {row}h1v1h-1z"
            for row, modules in enumerate(rows)
            for column, is_dark in enumerate(modules)
            if is_dark
        )
        place = f'x="{cell.x:g}" y="{cell.y:g}" width="{cell.width:g}" height="{cell.height:g}"'
        lines.append(f'<rect {place} fill="none" stroke="#ccc" stroke-width="0.1"/>')
        scale = f"translate({x:g} {y:g}) scale({cell.code_mm / len(rows):g})"
        lines.append(f'<path transform="{scale}" d="{dark}"/>')
        below = (
            f'x="{cell.x + cell.width / 2:g}" y="{y + cell.code_mm + side:g}" font-size="{side:g}"'
        )
        style = 'text-anchor="middle" font-family="sans-serif"'
        lines.append(f"<text {below} {style}>{escape(cell.card.label)}</text>")
    return "\n".join([*lines, "</svg>\n"])


def _rows(text: str) -> list[list[bool]]:
    """The modules, with the white border that a reader needs; True is dark."""
    return [
        [bool(module) for module in row] for row in draw(text).matrix_iter(border=QUIET_MODULES)
    ]


def _px(mm: float) -> int:
    return round(mm / 25.4 * DPI)
