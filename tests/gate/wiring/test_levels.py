"""What pinctrl says of the lines, and the table of the header."""

from gate.wiring.levels import Seen, function_of, seen_by_pinctrl
from gate.wiring.table import header_table
from tests.gate.wiring.lanes import FULL, planned

SAID = """\
 0: ip    pu | hi // ID_SDA/GPIO0 = input
 2: a0    pu | hi // SDA1/GPIO2 = SDA1
17: op -- pd | lo // GPIO17 = output
18: a0    pd | lo // GPIO18 = PCM_CLK
22: ip    pu | hi // GPIO22 = input
24: op dh pu | hi // GPIO24 = output
27: no    pd | -- // GPIO27 = none
nothing that we know
"""


def test_each_line_is_read_with_its_pull_level_and_function() -> None:
    seen = seen_by_pinctrl(SAID)

    assert seen[17] == Seen(high=False, pull="down", use="output")
    assert seen[24] == Seen(high=True, pull="up", use="output")
    assert seen[27] == Seen(high=None, pull="down", use="none")
    assert {bcm for bcm, it in seen.items() if function_of(it)} == {2, 18}
    assert len(seen) == 7


def test_the_table_has_the_header_as_it_lies_there() -> None:
    rows = [*header_table(planned(**FULL), seen_by_pinctrl(SAID))]

    assert max(map(len, rows)) <= 80
    assert rows[2].split() == ["Thermometer", "SDA", "HI", "^", "GPIO2", "3", "|", "4", "5V"]
    relay = next(row for row in rows if "GPIO17" in row)
    assert relay.split()[:5] == ["Entry", "relay", "LO", "v", "GPIO17"]
    assert relay.endswith("GPIO18 LO v (PCM_CLK)")
    sensor = next(row for row in rows if "GPIO22" in row)
    assert "HI*^ GPIO22 15" in sensor  # active: the beam is broken


def test_a_line_that_nobody_can_see_is_left_open() -> None:
    assert all("HI" not in row and "LO" not in row for row in [*header_table(planned(), {})][:-1])
