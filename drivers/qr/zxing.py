"""Reads QR codes with zxing-cpp: quick, and not troubled by light codes on dark.

Imported only where zxing-cpp is wanted: there are no wheels for 32-bit systems. It works without
the interpreter's lock and takes strided views without a copy.
"""

from zxingcpp import (
    Barcode,
    BarcodeFormat,
    BarcodeFormats,
    ContentType,
    Point,
    TextMode,
    read_barcodes,
)

from drivers.frame import Grey
from drivers.qr.code import Code, Seen, checked, code

_SQUARE = BarcodeFormats(BarcodeFormat.QRCodeModel2)
"""Plain "QRCode" would also mean the micro and the rectangular ones."""


def look(grey: Grey) -> Seen:
    """The QR codes in `grey`, shape (height, width), and whether something like one is unread."""
    if not checked(grey).size:
        return Seen()
    found = read_barcodes(
        grey,
        formats=_SQUARE,
        text_mode=TextMode.Plain,
        return_errors=True,
    )
    codes = tuple(_code(one) for one in found if one.valid)
    return Seen(codes, unread=len(codes) < len(found))


def _code(found: Barcode) -> Code:
    at = found.position
    corners = (at.top_left, at.top_right, at.bottom_right, at.bottom_left)
    return code(_text(found), [_xy(corner) for corner in corners], "zxing")


def _text(found: Barcode) -> bytes:
    """The bytes as they are; of text in an encoding that is not UTF-8, its UTF-8."""
    if found.bytes.isascii() or found.content_type is not ContentType.Text:
        return found.bytes
    return found.text.encode("utf-8", "replace")


def _xy(point: Point) -> tuple[float, float]:
    return float(point.x), float(point.y)
