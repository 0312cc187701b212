"""Is this the thermometer that was commissioned, and is it as the factory made it? Pure.

The part answers with eight words of its EEPROM (`commissioning.CELLS`): how it is set, and
an ID of its own. Nobody ever writes them, so a word that differs from the record is another
sensor, or somebody's hand in this one. Without a record there is nothing to differ from: the lane
works with the factory's values, and says so.
"""

from collections.abc import Sequence

from gate.temperature.commissioning import CELLS, Commissioned, CommissioningError, in_hex

Record = Commissioned | CommissioningError | None
"""Of the commissioning, why it cannot be used, or that there is none."""

EMISSIVITY = CELLS.index(0x24)

BLACK = 0xFFFF
"""The cell of a part with emissivity 1.0, as it leaves the factory."""


def foreign(cells: Sequence[int], record: Record) -> str | None:
    """Why this is not the part of the record, with both in the text; None where it is, or where
    there is no record.
    """
    if isinstance(record, CommissioningError):
        return str(record)
    if record is None or tuple(cells) == record.cells:
        return None
    return (
        f"another sensor, or tampered: its cells are {in_hex(tuple(cells))}, those commissioned on"
        f" {record.on} were {in_hex(record.cells)}"
    )


def standing(record: Record) -> str:
    """In a line for the technician: which values this lane works with."""
    if isinstance(record, CommissioningError):
        return "the record of its commissioning cannot be used"
    if record is None:
        return "not commissioned: works with the factory's values (gate calibrate)"
    how = "calibrated" if record.calibrated else "accepted with the factory's values"
    return f"{how} on {record.on}, counts until {record.expires}"


def oddity(cells: Sequence[int], record: Record, variant: str) -> str | None:
    """What is no fault and yet should be looked at; None where nothing is."""
    if isinstance(record, Commissioned) and record.variant != variant:
        return f"commissioned as a {record.variant}, and the configuration says {variant}"
    if record is None and cells[EMISSIVITY] != BLACK:
        return (
            f"somebody has set its emissivity to {cells[EMISSIVITY] / BLACK:.2f}, and the gate"
            " corrects for skin itself: it reads too high; take another sensor, or calibrate it"
        )
    return None
