"""Several codes, one message: any order, parts of others in between."""

from itertools import permutations

import pytest

from gate.setup.code import Code, Part, Rejected, read_part
from gate.setup.parts import MOST_MESSAGES, Heap, Missing, collect
from tests.gate.setup.codes import a_code, large, texts_of


def parts_of(number: int = 0) -> list[Part]:
    code = a_code(file=large(1_700), nonce=bytes([number]) * 16)
    parts = [read_part(text) for text in texts_of(code)]
    return [part for part in parts if isinstance(part, Part)]


THREE = parts_of()


@pytest.mark.parametrize("order", [*permutations(range(len(THREE)))])
def test_in_any_order_the_last_part_makes_it_whole(order: tuple[int, ...]) -> None:
    heap = Heap()
    for index in order[:-1]:
        heap, answer = collect(heap, THREE[index])
        assert isinstance(answer, Missing)
        assert THREE[index].number not in answer.numbers

    heap, whole = collect(heap, THREE[order[-1]])

    assert isinstance(whole, bytes)
    assert heap == Heap()


def test_a_part_that_is_shown_twice_counts_once() -> None:
    heap, _ = collect(Heap(), THREE[0])
    heap, answer = collect(heap, THREE[0])

    assert answer == Missing(3, (2, 3))


def test_a_forged_part_costs_a_second_showing_and_nothing_else() -> None:
    forged = Part(2, 3, THREE[0].message, b"0000")
    heap = Heap()
    for part in (THREE[0], THREE[2]):
        heap, _ = collect(heap, part)
    heap, answer = collect(heap, forged)
    assert isinstance(answer, Rejected)
    assert answer.code is Code.MALFORMED

    for part in THREE:
        heap, answer = collect(heap, part)

    assert isinstance(answer, bytes)


def test_of_two_parts_with_one_number_the_later_counts() -> None:
    heap, _ = collect(Heap(), Part(2, 3, THREE[0].message, b"0000"))
    for part in (THREE[1], THREE[0], THREE[2]):
        heap, answer = collect(heap, part)

    assert isinstance(answer, bytes)


def test_codes_that_are_begun_and_left_do_not_pile_up() -> None:
    heap = Heap()
    for number in range(1, 20):
        heap, _ = collect(heap, parts_of(number)[0])

    assert len(heap.parts) == MOST_MESSAGES
    assert heap.parts[-1] == parts_of(19)[0]
