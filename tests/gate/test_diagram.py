"""The drawn page is the machine's."""

from pathlib import Path

from tests.gate.diagram import page

PAGE = Path(__file__).parent.parent.parent / "docs" / "machine.md"


def test_the_state_diagram_is_drawn_from_the_machine_as_it_is() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "stale: run `make docs`"


def test_the_diagram_shows_the_way_of_a_visitor() -> None:
    drawn = page()
    for arrow in (
        "Idle --> Screening: ",
        "Screening --> Storing: ",
        "Storing --> EntryFree: GrantStored",
        "EntryFree --> Idle: Passed",
        "EntryFree --> Grace: TimePassed",
        "Grace --> Idle: Passed, TimePassed",
    ):
        assert arrow in drawn, arrow
