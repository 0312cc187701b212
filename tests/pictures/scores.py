"""How the readers did on the same pictures, and whether the gate is behind one of them."""

import statistics
from collections.abc import Iterable
from dataclasses import dataclass

from tests.pictures.drawing import Picture
from tests.pictures.readers import ALONE, READERS, Answer


@dataclass(frozen=True, slots=True)
class Score:
    """What a reader made of some pictures."""

    pictures: int
    right_in: frozenset[int]
    """The numbers of the pictures whose text it read."""
    any: int
    """Pictures in which it read some text."""
    wrong: int
    """Pictures in which it read a text that they do not hold."""
    cpu_s: float
    """Median for one frame."""

    @property
    def right(self) -> int:
        """Pictures whose text it read."""
        return len(self.right_in)


def scores(pictures: Iterable[Picture]) -> dict[str, Score]:
    """What each reader makes of the same pictures, in turns, so that a busy machine meets all."""
    shown, answers = [], []
    for picture in pictures:
        shown.append(picture.text)
        answers.append([read(picture.grey) for read in READERS.values()])
    columns = zip(*answers, strict=True)
    return {name: _score(shown, column) for name, column in zip(READERS, columns, strict=True)}


def behind(found: dict[str, Score], reader: str) -> bool:
    """Whether a library alone reads more of these pictures."""
    return found[reader].right < max(found[name].right for name in ALONE)


def missed(found: dict[str, Score], reader: str) -> frozenset[int]:
    """The pictures that some library alone reads, and this reader does not."""
    return (
        frozenset[int]().union(*(found[name].right_in for name in ALONE)) - found[reader].right_in
    )


def _score(shown: list[str | None], answers: tuple[Answer, ...]) -> Score:
    held = [set() if text is None else {text.encode()} for text in shown]
    read = [answer.texts for answer in answers]
    return Score(
        pictures=len(shown),
        right_in=frozenset(
            number
            for number, (texts, own) in enumerate(zip(read, held, strict=True))
            if texts & own
        ),
        any=sum(bool(texts) for texts in read),
        wrong=sum(bool(texts - own) for texts, own in zip(read, held, strict=True)),
        cpu_s=statistics.median(answer.cpu_s for answer in answers),
    )
