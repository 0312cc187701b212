"""Codes as a reader sees them: drawn, without any camera."""

import numpy as np
import segno

from drivers.frame import Grey


def drawn(text: str | bytes, *, scale: int = 4, border: int = 4) -> Grey:
    return matrix_drawn(segno.make(text, micro=False), scale=scale, border=border)


def matrix_drawn(code: segno.QRCode, *, scale: int = 4, border: int = 4) -> Grey:
    rows = [list(row) for row in code.matrix_iter(scale=scale, border=border)]
    return np.where(np.array(rows, dtype=bool), 0, 255).astype(np.uint8)


def hostile(rows: int, module_px: int = 1) -> Grey:
    """`rows` x `rows` finder patterns and nothing else: a reader tries them three by three."""
    ring = np.full((9, 9), 255, dtype=np.uint8)
    ring[1:8, 1:8] = 0
    ring[2:7, 2:7] = 255
    ring[3:6, 3:6] = 0
    return np.tile(np.kron(ring, np.ones((module_px, module_px), dtype=np.uint8)), (rows, rows))
