"""A decoder for the tests of the camera thread: reads what it is told, at once or later."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from gate.eyes.decoding import Code, Grey


@dataclass(frozen=True)
class ReadCode:
    text: bytes
    centre: tuple[float, float] = (0.0, 0.0)
    reader: str = "zxing"


@dataclass(frozen=True)
class Figures:
    overdue: int = 0
    left_out: int = 0
    second: int = 0
    stale: int = 0


class Reads:
    """`read` says what is in a frame; `second` has a second look begin at the next one."""

    def __init__(self, read: Callable[[Grey], Sequence[Code]] = lambda _: ()) -> None:
        self._read = read
        self._found: Sequence[Code] = ()
        self._begins = False
        self.figures = Figures()
        self.asked = 0
        self.closely: list[bool] = []

    def second(self) -> None:
        self._begins = True

    def found_late(self, *codes: Code) -> None:
        self._found = codes

    def read(self, grey: Grey, *, closely: bool) -> Sequence[Code]:
        self.asked += 1
        self.closely.append(closely)
        if self._begins:
            self._begins = False
            self.figures = replace(self.figures, second=self.figures.second + 1)
        return self._read(grey)

    def late(self) -> Sequence[Code]:
        found, self._found = self._found, ()
        return found
