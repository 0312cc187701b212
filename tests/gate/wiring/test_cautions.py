"""What an electrician is told to look at twice, and what not."""

from typing import Any

import pytest

from gate.wiring.cautions import TROUBLES, cautions, taken
from gate.wiring.levels import Seen
from gate.wiring.plan import Plan
from tests.gate.wiring.lanes import FULL, planned


def codes(plan: Plan) -> list[str]:
    return [finding.code for finding in cautions(plan)]


def test_the_lane_of_the_readme_has_nothing_to_look_at() -> None:
    assert codes(planned(**FULL)) == []


@pytest.mark.parametrize("bcm", [4, 8])
def test_an_active_high_relay_on_a_line_that_boots_high_is_asked_about(bcm: int) -> None:
    """GPIO 0 to 8 are pulled up until somebody claims them."""
    (found,) = cautions(planned(relay={"pin": bcm, "active": "high"}))

    assert found.code == "WIRING-BOOT-PULL"
    assert "pulls it up at boot" in found.found
    assert found.mend.endswith("GND")
    assert codes(planned(relay={"pin": bcm, "active": "low"})) == []


@pytest.mark.parametrize("bcm", [9, 17, 27])
def test_an_active_low_relay_on_a_line_that_boots_low_is_asked_about(bcm: int) -> None:
    (found,) = cautions(planned(relay={"pin": bcm, "active": "low"}))

    assert found.code == "WIRING-BOOT-PULL"
    assert "pulls it down at boot" in found.found
    assert found.mend.endswith("3V3")
    assert codes(planned(relay={"pin": bcm, "active": "high"})) == []


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ({"active": "high", "pull": "up"}, []),
        ({"active": "low", "pull": "down"}, []),
        ({"active": "low", "pull": "up"}, ["WIRING-RELEASE-CUT"]),
        ({"active": "high", "pull": "down"}, ["WIRING-RELEASE-CUT"]),
        ({"active": "high", "pull": "none"}, []),  # the board outside has the resistor
    ],
)
def test_a_cut_wire_has_to_release(release: dict[str, Any], expected: list[str]) -> None:
    assert codes(planned(release={"pin": 24, **release})) == expected


@pytest.mark.parametrize("role", ["sensor_a", "sensor_b", "proximity"])
def test_a_cut_wire_of_a_sensor_should_look_like_somebody(role: str) -> None:
    assert codes(planned(**{role: {"pin": 21, "active": "low"}})) == ["WIRING-CUT-UNSEEN"]


def test_a_button_that_is_open_at_rest_is_right() -> None:
    assert codes(planned(attendant={"pin": 25, "active": "low"})) == []


@pytest.mark.parametrize("bcm", [14, 15])
def test_the_serial_console_is_named(bcm: int) -> None:
    assert codes(planned(lamp_red={"pin": bcm, "active": "high"})) == ["WIRING-CONSOLE"]


def test_a_function_that_has_one_of_our_lines_is_broken_and_named() -> None:
    plan = planned(relay={"pin": 18, "active": "high"})

    (found,) = taken(plan, {18: Seen(high=False, use="PCM_CLK"), 24: Seen(high=True, use="input")})

    assert (found.code, int(found.level)) == ("WIRING-FUNCTION", 2)
    assert "GPIO18 (pin 12)" in found.found
    assert "PCM_CLK" in found.found


def test_each_trouble_has_a_code_of_its_own() -> None:
    assert len({it.code for it in TROUBLES}) == len(TROUBLES)
