"""Reads QR codes with zxing-cpp: quick, and not troubled by light codes on dark.

Imported only where zxing-cpp is wanted: there are no wheels for 32-bit systems. It works without
the interpreter's lock and takes strided views without a copy. Rotated, inverted and shrunk
pictures are its defaults. Two habits to know:
- A part of a *structured append* (a text spread over several codes) is told like any code: its
  text is that part. A pass is signed, so a part of one is refused further on.
- A code that was found and could not be decoded is told too, on demand, with its error.
"""

from zxingcpp import (
    Barcode,
    BarcodeFormat,
    BarcodeFormats,
    Binarizer,
    ContentType,
    Point,
    TextMode,
    read_barcodes,
)

from drivers.frame import Grey
from drivers.qr.code import Code, Seen, checked, code

_SQUARE = BarcodeFormats([BarcodeFormat.QRCodeModel1, BarcodeFormat.QRCodeModel2])
"""Plain "QRCode" would also mean the micro and the rectangular ones."""
_NO_TEXT = (ContentType.Binary, ContentType.UnknownECI)


def look(grey: Grey) -> Seen:
    """The QR codes in `grey`, shape (height, width), and whether something like one is unread.

    What is dark is told by the mean around each place.
    """
    return _look(grey, Binarizer.LocalAverage)


def look_globally(grey: Grey) -> Seen:
    """The same with one threshold for the whole picture."""
    return _look(grey, Binarizer.GlobalHistogram)


def _look(grey: Grey, binarizer: Binarizer) -> Seen:
    if not checked(grey).size:
        return Seen()
    found = read_barcodes(
        grey,
        formats=_SQUARE,
        text_mode=TextMode.Plain,
        binarizer=binarizer,
        return_errors=True,
    )
    codes = tuple(_code(one) for one in found if one.valid)
    return Seen(codes, unread=len(codes) < len(found))


def _code(found: Barcode) -> Code:
    at = found.position
    corners = (at.top_left, at.top_right, at.bottom_right, at.bottom_left)
    return code(_text(found), [_xy(corner) for corner in corners], "zxing", _modules(found))


def _modules(found: Barcode) -> int | None:
    """ISO 18004: a code of version 1 has 21 modules a side, each further version 4 more."""
    extra = found.extra
    version = str(extra.get("Version", "")) if isinstance(extra, dict) else ""
    return 17 + 4 * int(version) if version.isdecimal() else None


def _text(found: Barcode) -> bytes:
    """The bytes as they are; of text in an encoding that is not ASCII, its UTF-8."""
    if found.bytes.isascii() or found.content_type in _NO_TEXT:
        return found.bytes
    return found.text.encode("utf-8", "replace")


def _xy(point: Point) -> tuple[float, float]:
    return float(point.x), float(point.y)
