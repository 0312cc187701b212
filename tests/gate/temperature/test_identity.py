"""What a technician hears of the part that is built in."""

from datetime import date

from gate.temperature.commissioning import Commissioned, CommissioningError, expiry
from gate.temperature.identity import foreign, oddity, standing

CELLS = (0xFFFF, 0xB7D4, 0xBE5A, 0x0000, 0x4D4C, 0x5839, 0x3036, 0x3134)
TINTED = (0xF852, *CELLS[1:])
ON = date(2026, 5, 2)


def record(cells: tuple[int, ...] = CELLS, variant: str = "DCC") -> Commissioned:
    return Commissioned(ON, expiry(ON), variant, cells)


def test_the_same_cells_are_the_same_part_and_without_a_record_each_is() -> None:
    assert foreign(CELLS, record()) is None
    assert foreign(CELLS, None) is None


def test_another_part_is_told_with_both_identities() -> None:
    assert foreign(TINTED, record()) == (
        "another sensor, or tampered: its cells are F852 B7D4 BE5A 0000 4D4C 5839 3036 3134, those"
        " commissioned on 2026-05-02 were FFFF B7D4 BE5A 0000 4D4C 5839 3036 3134"
    )


def test_a_record_that_cannot_be_read_is_no_reason_to_believe_any_part() -> None:
    assert foreign(CELLS, CommissioningError("no record")) == "no record"
    assert standing(CommissioningError("no record")) == (
        "the record of its commissioning cannot be used"
    )


def test_an_emissivity_that_somebody_has_set_is_told_where_nobody_has_calibrated_it() -> None:
    assert "emissivity to 0.97" in str(oddity(TINTED, None, "DCC"))
    assert oddity(CELLS, None, "DCC") is None
    assert oddity(TINTED, record(TINTED), "DCC") is None


def test_a_variant_that_is_not_the_one_of_the_record_is_told() -> None:
    assert oddity(CELLS, record(), "DAA") == (
        "commissioned as a DCC, and the configuration says DAA"
    )
