"""What no single key can tell: each rule between keys, alone and beside other mistakes."""

import sys
from pathlib import Path
from typing import Any

import pytest

from gate.config.fields import table_of
from gate.config.lane import Turnstile
from tests.gate.configs import Changes, config_of, problems_in, problems_of, text_of

PIN: dict[str, Any] = {"pin": 23, "active": "high"}
EXIT: Changes = {"gate": {"scan": "exit"}, "screening": {"mode": "off"}}
ROLES = [role for role, field in Turnstile.model_fields.items() if table_of(field)]


def paths_of(folder: Path, changes: Changes) -> list[str]:
    """The keys that something is wrong with."""
    return [problem.path for problem in problems_of(folder, changes)]


# --- wires ----------------------------------------------------------------------------------


@pytest.mark.parametrize("first", ROLES)
def test_two_roles_on_one_pin_are_refused(tmp_path: Path, first: str) -> None:
    for second in ROLES[ROLES.index(first) + 1 :]:
        both: Changes = {"turnstile": {first: {**PIN, "pin": 9}, second: {**PIN, "pin": 9}}}
        (problem,) = problems_of(tmp_path, both)
        assert problem.path == f"turnstile.{second}.pin"
        assert problem.what == f"BCM 9 is already turnstile.{first}"
        assert " 9," not in problem.suggestion


@pytest.mark.parametrize("pin", [2, 3])
@pytest.mark.parametrize(
    ("thermometer", "refused"),
    [({}, True), ({"bus": 3}, False), ({"source": "none", "variant": None}, False)],
)
def test_the_pins_of_the_i2c_bus_are_kept_for_the_thermometer(
    tmp_path: Path, pin: int, thermometer: dict[str, Any], refused: bool
) -> None:
    changes: Changes = {
        "turnstile": {"relay": {**PIN, "pin": pin}},
        "thermometer": thermometer,
        "screening": {"mode": "off"},
    }
    assert paths_of(tmp_path, changes) == ["turnstile.relay.pin"] * refused


@pytest.mark.parametrize(("pull", "refused"), [("up", False), ("down", True), ("none", True)])
def test_a_pin_with_a_resistor_on_the_board_takes_no_other_pull(
    tmp_path: Path, pull: str, refused: bool
) -> None:
    changes: Changes = {
        "turnstile": {"sensor_a": {"pin": 2, "active": "low", "pull": pull}},
        "thermometer": {"bus": 3},
    }
    assert paths_of(tmp_path, changes) == ["turnstile.sensor_a.pull"] * refused


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"passage": {"one_sensor_direction": "in"}}, False),
        ({"passage": {"one_sensor_direction": "out"}}, True),
        ({"passage": {"one_sensor_direction": "out"}, "gate": {"mode": "count_only"}}, False),
        ({"passage": {"one_sensor_direction": "out"}, **EXIT}, False),
        ({"passage": {"one_sensor_direction": "in"}, "turnstile": {"sensor_b": PIN}}, True),
    ],
)
def test_the_direction_of_one_sensor_has_to_make_sense(
    tmp_path: Path, changes: Changes, refused: bool
) -> None:
    assert paths_of(tmp_path, changes) == ["passage.one_sensor_direction"] * refused


# --- camera ---------------------------------------------------------------------------------


def test_a_decoder_that_is_not_installed_here_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a 32-bit system, which has no wheel of zxing-cpp."""
    monkeypatch.setitem(sys.modules, "zxingcpp", None)

    for changed in ({}, {"decoder": "cascade"}, {"decoder": "zxing"}):
        (problem,) = problems_of(tmp_path, {"scanner": changed})
        assert problem.path == "scanner.decoder"
        assert 'write "pyzbar"' in problem.suggestion
    assert paths_of(tmp_path, {"scanner": {"decoder": "pyzbar"}}) == []


# --- simulation and replay ------------------------------------------------------------------


def test_a_replay_needs_its_folder_and_nothing_else_takes_one(tmp_path: Path) -> None:
    (tmp_path / "frames").mkdir()
    (tmp_path / "file").touch()
    for camera in (
        {"source": "replay"},
        {"source": "replay", "folder": "nowhere"},
        {"source": "replay", "folder": "file"},
        {"folder": "frames"},
    ):
        assert paths_of(tmp_path, {"camera": camera}) == ["camera.folder"]
    assert paths_of(tmp_path, {"camera": {"source": "replay", "folder": "frames"}}) == []


@pytest.mark.parametrize("part", ["camera", "thermometer", "turnstile"])
def test_a_simulated_part_needs_the_wires_of_the_simulator(tmp_path: Path, part: str) -> None:
    simulated: Changes = {part: {"source": "simulated"}}
    assert paths_of(tmp_path, simulated) == ["simulation.wires"]
    assert config_of(tmp_path, {**simulated, "simulation": {"wires": "w"}}).simulated == (part,)


def test_a_gate_of_real_parts_has_no_simulation(tmp_path: Path) -> None:
    assert paths_of(tmp_path, {"simulation": {"wires": "w"}}) == ["simulation"]


def test_the_two_sockets_need_names_of_their_own_that_fit(tmp_path: Path) -> None:
    simulated: Changes = {
        "gate": {"data_dir": "/nowhere"},
        "camera": {"source": "simulated"},
        "simulation": {"wires": "/nowhere/status.sock"},
    }
    assert paths_of(tmp_path, simulated) == ["simulation.wires"]
    longest = "/" + "x" * 106
    assert paths_of(tmp_path, {**simulated, "simulation": {"wires": longest}}) == []
    too_long: Changes = {"simulation": {"wires": longest + "x"}, "status": {"socket": "s" * 200}}
    assert paths_of(tmp_path, {**simulated, **too_long}) == ["status.socket", "simulation.wires"]


def test_a_camera_is_given_the_time_of_two_frames(tmp_path: Path) -> None:
    slow: Changes = {"camera": {"fps": 1, "stall_after_s": 1.9}}
    assert paths_of(tmp_path, slow) == ["camera.stall_after_s"]
    assert paths_of(tmp_path, {"camera": {"fps": 1, "stall_after_s": 2}}) == []


def test_no_frame_is_exposed_for_longer_than_it_lasts(tmp_path: Path) -> None:
    long: Changes = {"camera": {"exposure_max_ms": 50, "fps": 30}}
    assert paths_of(tmp_path, long) == ["camera.exposure_max_ms"]
    assert paths_of(tmp_path, {"camera": {"exposure_max_ms": 50, "fps": 20}}) == []


def test_a_lens_that_searches_is_told_no_distance(tmp_path: Path) -> None:
    camera: dict[str, object] = {"focus": "search"}
    assert paths_of(tmp_path, {"camera": camera}) == []
    assert paths_of(tmp_path, {"camera": {**camera, "focus_cm": 15}}) == ["camera.focus_cm"]


# --- screening ------------------------------------------------------------------------------


@pytest.mark.parametrize("variant", ["AAA", "BAA", "ACC", "BCC", "BCI"])
def test_a_part_that_is_not_exact_cannot_turn_anybody_away(tmp_path: Path, variant: str) -> None:
    changes: Changes = {"thermometer": {"variant": variant}}
    (problem,) = problems_of(tmp_path, changes)
    assert problem.path == "thermometer.variant"
    assert problem.what == (
        f"a {variant} is exact to 0.5 °C only, which cannot carry a hard decision"
    )
    assert paths_of(tmp_path, {**changes, "screening": {"mode": "soft"}}) == []


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"thermometer": {"variant": None}}, "thermometer.variant"),
        ({"gate": {"scan": "exit"}}, "screening.mode"),
        ({"thermometer": {"source": "none"}}, "screening.mode"),
        ({"screening": {"mode": "soft", "on_fault": "closed"}}, "screening.on_fault"),
        ({**EXIT, "turnstile": {"proximity": PIN}}, "turnstile.proximity"),
        ({"screening": {"guard_c": 0.3}}, "screening.guard_c"),
        ({"screening": {"limit_c": 36.0, "admit_floor_c": 35.6}}, "screening.admit_floor_c"),
        (
            {"screening": {"mode": "soft", "guard_c": 1.0, "limit_c": 36, "admit_floor_c": 35}},
            "screening.admit_floor_c",
        ),
    ],
)
def test_a_screening_that_could_not_work_is_refused(
    tmp_path: Path, changes: Changes, path: str
) -> None:
    assert paths_of(tmp_path, changes) == [path]


@pytest.mark.parametrize("limit_c", [1.0, 35.9, 39.1, 45.0])
def test_temperature_limits_at_which_everybody_or_nobody_fails_cannot_be_set(
    tmp_path: Path, limit_c: float
) -> None:
    """Seen elsewhere: 1 to 45 °C by default."""
    assert paths_of(tmp_path, {"screening": {"limit_c": limit_c}}) == ["screening.limit_c"]


@pytest.mark.parametrize(
    "changes",
    [
        EXIT,
        {"thermometer": {"variant": None}, "screening": {"mode": "off"}},
        {"thermometer": {"source": "none", "variant": None}, "screening": {"mode": "off"}},
        {"screening": {"mode": "soft", "guard_c": 0.2}},
        {"screening": {"mode": "soft", "on_fault": "open_with_log"}},
        {"screening": {"on_fault": "closed", "guard_c": 0.4}},
    ],
)
def test_a_screening_that_can_work_is_accepted(tmp_path: Path, changes: Changes) -> None:
    assert problems_of(tmp_path, changes) == []


# --- times, capacity, broker and files ------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"turnstile": {"open_for_s": 21}}, "turnstile.assisted_open_for_s"),
        ({"gate": {"key_mode": "free"}}, "gate.key_mode"),
        (
            {"turnstile": {"relay": {"pin": 17, "active": "high", "pulse_s": 1.0}}},
            "turnstile.relay.pulse_s",
        ),
        (
            {
                "turnstile": {
                    "relay": {"pin": 17, "active": "high", "type": "pulse", "pulse_s": 1.0},
                    "open_for_s": 1.0,
                }
            },
            "turnstile.relay.pulse_s",
        ),
        ({"passage": {"held_after_s": 60}}, "passage.stuck_after_s"),
        ({"limit": {"standalone_capacity": 5, "reserve": 5}}, "limit.reserve"),
        ({"limit": {"reserve": 5}}, "limit.reserve"),
        (
            {"mqtt": {"enabled": False}, "store": {"acknowledged": False}},
            "limit.standalone_capacity",
        ),
        ({"mqtt": {"enabled": False}, "limit": {"standalone_capacity": 5}}, "store.acknowledged"),
        ({"mqtt": {"password_file": "there"}}, "mqtt.user"),
        ({"mqtt": {"ca_file": "there", "cert_file": "there"}}, "mqtt.key_file"),
        ({"mqtt": {"ca_file": "there", "key_file": "there"}}, "mqtt.cert_file"),
        ({"mqtt": {"cert_file": "there", "key_file": "there"}}, "mqtt.ca_file"),
        ({"mqtt": {"ca_file": "nowhere"}}, "mqtt.ca_file"),
        ({"passes": {"keys": "nowhere"}}, "passes.keys"),
        ({"passes": {"keys": "."}}, "passes.keys"),
        ({"passes": {"revoked": "nowhere"}}, "passes.revoked"),
        ({"passes": {"keys": "x" * 300}}, "passes.keys"),
        ({"gate": {"data_dir": "there"}}, "gate.data_dir"),
    ],
)
def test_what_does_not_go_together_is_refused(tmp_path: Path, changes: Changes, path: str) -> None:
    (tmp_path / "there").write_text("s3cret")
    assert paths_of(tmp_path, changes) == [path]


def test_a_gate_without_a_broker_needs_none_of_its_files(tmp_path: Path) -> None:
    alone: Changes = {
        "mqtt": {"enabled": False, "ca_file": "nowhere"},
        "store": {"acknowledged": False},
        "limit": {"standalone_capacity": 5},
    }
    assert problems_of(tmp_path, alone) == []


# --- rules beside other mistakes ------------------------------------------------------------


def test_a_wrong_key_does_not_hide_what_the_rules_find(tmp_path: Path) -> None:
    changes: Changes = {
        "gate": {"id": "A"},
        "turnstile": {"lamp_red": {"pin": 17, "active": "hgih"}, "open_for_s": 21},
    }
    assert paths_of(tmp_path, changes) == [
        "gate.id",
        "turnstile.lamp_red.active",
        "turnstile.lamp_red.pin",
        "turnstile.assisted_open_for_s",
    ]


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        # With the default in place of the wrong value, a rule would have something to say.
        ({"thermometer": {"source": "nine"}, "turnstile": {"relay": {**PIN, "pin": 2}}},
         "thermometer.source"),
        ({"turnstile": {"open_for_s": 21, "assisted_open_for_s": "30"}},
         "turnstile.assisted_open_for_s"),
        ({"thermometer": {"variant": "DDD"}}, "thermometer.variant"),
        ({"turnstile": {"sensor_b": 23}, "passage": {"one_sensor_direction": "out"}},
         "turnstile.sensor_b"),
        ({"simulation": {"wires": 5}, "camera": {"source": "simulated"}}, "simulation.wires"),
    ],
)  # fmt: skip
def test_a_wrong_key_is_not_taken_for_its_default(
    tmp_path: Path, changes: Changes, path: str
) -> None:
    assert paths_of(tmp_path, changes) == [path]


def test_a_section_that_is_no_table_hides_only_its_own_rules(tmp_path: Path) -> None:
    text = "mqtt = 5\n" + text_of({"turnstile": {"open_for_s": 21}})
    paths = [problem.path for problem in problems_in(text, tmp_path)]
    assert paths == ["mqtt", "turnstile.assisted_open_for_s"]
