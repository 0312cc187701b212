"""Parts of set-up codes that have been held up, until one message is whole. Pure."""

from dataclasses import dataclass, replace

from gate.setup.code import Part, Rejected, put_together

MOST_MESSAGES = 4
"""Begun at the same time; the one that waits longest makes room. Parts are anybody's."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A message is not whole yet."""

    of: int
    numbers: tuple[int, ...]
    """The parts that are still to be held up."""


@dataclass(frozen=True, slots=True)
class Heap:
    """The parts so far, those seen last at the end."""

    parts: tuple[Part, ...] = ()


def collect(heap: Heap, part: Part) -> tuple[Heap, bytes | Missing | Rejected]:
    """Another part, in any order: the message, if it is whole now.

    Of two parts with one number the later counts. A message that is whole leaves the heap, also
    where it turns out to be none: then all of it is to be held up again.
    """
    others = tuple(p for p in heap.parts if (p.message, p.of) != (part.message, part.of))
    own = {p.number: p for p in heap.parts if (p.message, p.of) == (part.message, part.of)}
    own[part.number] = part
    missing = tuple(number for number in range(1, part.of + 1) if number not in own)
    if not missing:
        return replace(heap, parts=others), put_together(own.values())
    begun = list(dict.fromkeys((p.message, p.of) for p in others))[-(MOST_MESSAGES - 1) :]
    kept = tuple(p for p in others if (p.message, p.of) in begun)
    return replace(heap, parts=(*kept, *own.values())), Missing(part.of, missing)
