"""Who reads the pictures: each library alone, the gate's cascade as in a lane, and its ladder.

Times are of the processor, of all threads.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass

import zxingcpp
from pyzbar import pyzbar

from drivers.frame import Grey
from drivers.qr import open_decoder, read_all

_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
_FRAME_S = 0.1
"""Ten frames a second, as the gate's camera gives them."""
_FRAMES = 10
"""How long a phone is held: a second."""
_PATIENCE_S = 60.0
"""Of a busy machine; a lane's deadlines are tested elsewhere."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reader made of a picture."""

    texts: frozenset[bytes]
    cpu_s: float
    """Of one look at a frame; of several the mean."""


Reader = Callable[[Grey], Answer]


def pyzbar_alone(grey: Grey) -> Answer:
    """Plain pyzbar, asked for QR codes."""

    def texts() -> list[bytes]:
        try:
            found = pyzbar.decode(grey, symbols=[pyzbar.ZBarSymbol.QRCODE])
        except ValueError:  # its own fault: a part of a text spread over several codes
            return []
        return [code.data for code in found]

    return _timed(texts)


def zxing_alone(grey: Grey) -> Answer:
    """Plain zxing-cpp, asked for QR codes: it turns, halves and inverts by itself."""
    return _timed(
        lambda: [
            code.text.encode()
            for code in zxingcpp.read_barcodes(grey, formats=_QR, text_mode=zxingcpp.TextMode.Plain)
        ]
    )


def ladder(grey: Grey) -> Answer:
    """What the gate reads in a still picture."""
    return _timed(lambda: [code.text for code in read_all(grey)])


def cascade(grey: Grey) -> Answer:
    """What a lane reads while it sees this frame for a second, or until it has read something.

    The pace of second looks is kept by a clock that goes on by one frame at a time. The time
    taken is that of both threads.
    """
    now_s, frames = 0.0, 0
    with closing(open_decoder("cascade", deadline_s=_PATIENCE_S, clock=lambda: now_s)) as decoder:
        before = time.process_time()
        texts: set[bytes] = set()
        while not texts and frames < _FRAMES:
            texts = {code.text for code in (*decoder.late(), *decoder.read(grey))}
            frames += 1
            now_s += _FRAME_S
            assert decoder.settle(_PATIENCE_S), "a second look hangs"
        texts |= {code.text for code in decoder.late()}
        return Answer(frozenset(texts), (time.process_time() - before) / frames)


ALONE = ("pyzbar", "zxing-cpp")
READERS: dict[str, Reader] = {
    "pyzbar": pyzbar_alone,
    "zxing-cpp": zxing_alone,
    "cascade": cascade,
    "ladder": ladder,
}


def _timed(read: Callable[[], Sequence[bytes]]) -> Answer:
    before = time.process_time()
    texts = frozenset(read())
    return Answer(texts, time.process_time() - before)
