"""Contacts that chatter, and how long the debounce has to be."""

import pytest

from gate.wiring.bounce import Contact, Edge, debounce_for


def contact(*edges: tuple[float, bool], high: bool = False, active_high: bool = True) -> Contact:
    """A contact after these edges: when, and to which level."""
    one = Contact(high, active_high)
    for at, level in edges:
        one.take(Edge("sensor_a", level, at))
    one.finish()
    return one


def test_somebody_who_walks_through_uses_a_quiet_contact_once() -> None:
    beam = contact((1.0, True), (1.3, False))

    assert (beam.edges, beam.uses, beam.chatters) == (2, 1, 0)
    assert beam.shortest_level_s == pytest.approx(0.3)
    assert debounce_for([beam]) == 0.005


def test_chatter_is_no_use_and_its_longest_level_is_known() -> None:
    bouncing = contact(
        (1.000, True), (1.002, False), (1.009, True), (1.300, False), (1.304, True), (1.305, False)
    )

    assert (bouncing.edges, bouncing.uses, bouncing.chatters) == (6, 1, 4)
    assert bouncing.longest_chatter_s == pytest.approx(0.007)
    assert debounce_for([bouncing, contact()]) == pytest.approx(0.015)  # 10.5 ms, in steps of 5


def test_a_contact_that_lets_go_for_a_moment_is_used_once() -> None:
    """Somebody is still there."""
    held = contact((1.0, True), (1.2, False), (1.202, True), (1.5, False))

    assert (held.uses, held.chatters) == (1, 1)


def test_somebody_who_stands_in_the_beam_at_the_end_has_used_it() -> None:
    assert contact((1.0, True)).uses == 1


def test_an_active_low_contact_is_used_when_it_goes_low() -> None:
    assert contact((1.0, False), (1.2, True), high=True, active_high=False).uses == 1


def test_one_that_is_active_from_the_beginning_and_is_left_was_not_used() -> None:
    left = contact((1.0, False), high=True)

    assert (left.uses, left.active) == (0, False)
