"""A pass as a QR code: on paper, on a telephone, in a terminal."""

import io
from pathlib import Path

import segno

QUIET_MODULES = 4
"""White on each side; without it no reader finds the code on a dark page (ISO/IEC 18004)."""

MODULE_PX = 8


def draw(text: str) -> segno.QRCode:
    """The QR code of a pass, at level M. All its characters are alphanumeric for a QR code."""
    return segno.make_qr(text, error="m", mode="alphanumeric", boost_error=False)


def save_png(text: str, path: Path) -> None:
    """Write the code as a black and white PNG, whatever the file is called."""
    draw(text).save(str(path), kind="png", scale=MODULE_PX, border=QUIET_MODULES)


def as_blocks(text: str) -> str:
    """The code in half blocks, two modules to a character, for a terminal with dark ground."""
    out = io.StringIO()
    draw(text).terminal(out, border=QUIET_MODULES, compact=True)
    return out.getvalue()
