"""Codes as a reader sees them: drawn, without any camera."""

import numpy as np
import segno

from drivers.frame import Grey


def drawn(text: str | bytes, *, scale: int = 4, border: int = 4) -> Grey:
    return matrix_drawn(segno.make(text, micro=False), scale=scale, border=border)


def matrix_drawn(code: segno.QRCode, *, scale: int = 4, border: int = 4) -> Grey:
    rows = [list(row) for row in code.matrix_iter(scale=scale, border=border)]
    return np.where(np.array(rows, dtype=bool), 0, 255).astype(np.uint8)
