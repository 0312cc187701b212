"""Reads QR codes with zbar, through pyzbar.

Three habits of pyzbar and zbar to know:
- There are no raw bytes. zbar guesses the encoding of anything that is not ASCII and hands back
  UTF-8: of Shift-JIS it often makes something else. A pass is ASCII and comes back exact.
- An inverted code (light on dark) is not seen.
- One part of a *structured append* (a text spread over several codes) makes pyzbar 0.1.9 raise
  `ValueError`: zbar has no orientation for it and says -1, which pyzbar reads as unsigned.
  Anybody can show such a code, so the frame that holds one counts as a frame without codes.
"""

from pyzbar import pyzbar

from drivers.frame import Grey
from drivers.qr.code import Code, Seen, checked, code


def read(grey: Grey) -> tuple[Code, ...]:
    """The QR codes that zbar reads in `grey`, shape (height, width).

    A strided view is fine (pyzbar makes the one copy that zbar needs). zbar works without the
    interpreter's lock, so other threads go on meanwhile.
    """
    if not checked(grey).size:
        return ()
    try:
        found = pyzbar.decode(grey, symbols=[pyzbar.ZBarSymbol.QRCODE])
    except ValueError:  # a part of a structured append, see above
        return ()
    return tuple(
        code(one.data, [(float(x), float(y)) for x, y in one.polygon], "pyzbar") for one in found
    )


def look(grey: Grey) -> Seen:
    """The same as a look; zbar does not tell of codes that it cannot read."""
    return Seen(read(grey))
