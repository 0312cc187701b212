"""The rules about wires: pins, the simulator's end of them, sockets and the camera's pace.

See `gate.config.rules`.
"""

import os
from collections.abc import Callable, Iterator

from gate.config.fields import Section
from gate.config.files import folder_fault
from gate.config.lane import InputPin
from gate.config.problems import Problem
from gate.config.text import toml_value
from gate.config.whole import Config
from gate.model import Direction, Mode

Rule = Callable[[Config], Iterator[Problem]]

MAX_SOCKET_BYTES = 107
"""unix(7): sun_path has 108 bytes, the last one is NUL."""


def pins_of(config: Config) -> dict[str, int]:
    """The wired roles of the turnstile and their BCM numbers, in the order of the model."""
    wires = {
        role: getattr(config.turnstile, role, None) for role in type(config.turnstile).model_fields
    }
    pins = {role: getattr(wire, "pin", None) for role, wire in wires.items()}
    return {role: pin for role, pin in pins.items() if pin is not None}


def _one_role_a_pin(config: Config) -> Iterator[Problem]:
    first: dict[int, str] = {}
    for role, pin in pins_of(config).items():
        if pin in first:
            taken = f"BCM {pin} is already turnstile.{first[pin]}"
            yield Problem(f"turnstile.{role}.pin", taken, _free_pins(config))
        first.setdefault(pin, role)


def _pins_of_the_bus(config: Config) -> Iterator[Problem]:
    if config.thermometer.source != "i2c" or config.thermometer.bus != 1:
        return
    for role, pin in pins_of(config).items():
        if pin in {2, 3}:
            taken = f"BCM {pin} belongs to I2C bus 1, where the thermometer is"
            yield Problem(f"turnstile.{role}.pin", taken, _free_pins(config))


def _pulled_up(config: Config) -> Iterator[Problem]:
    for role, pin in pins_of(config).items():
        wire = getattr(config.turnstile, role)
        if pin in {2, 3} and isinstance(wire, InputPin) and wire.pull != "up":
            what = f"BCM {pin} has a pull-up resistor on the board"
            yield Problem(f"turnstile.{role}.pull", what, f'Write "up". {_free_pins(config)}')


def _free_pins(config: Config) -> str:
    free = sorted(set(range(4, 28)) - set(pins_of(config).values()))
    return f"Free are {', '.join(map(str, free))}."


def _direction(config: Config) -> Iterator[Problem]:
    told, path = config.passage.one_sensor_direction, "passage.one_sensor_direction"
    if told is None:
        return
    if config.turnstile.sensor_b is not None:
        what = "nothing reads it, since two sensors see the direction"
        yield Problem(path, what, "Take it out, or take turnstile.sensor_b out.")
    elif (config.gate.direction, config.gate.mode, told) == (
        Direction.IN,
        Mode.NORMAL,
        Direction.OUT,
    ):
        what = "an entry lane that only counts people out would never see a grant used"
        yield Problem(path, what, 'Write "in", or take it out.')


def _key(config: Config) -> Iterator[Problem]:
    if config.turnstile.key is None and _is_set(config.gate, "key_mode"):
        what = "nothing reads it without a key switch"
        yield Problem("gate.key_mode", what, "Take it out, or wire turnstile.key.")


def _pulse(config: Config) -> Iterator[Problem]:
    lane = config.turnstile
    for name, relay in (("relay", lane.relay), ("wide_relay", lane.wide_relay)):
        key = f"turnstile.{name}.pulse_s"
        if relay is None:
            continue
        if relay.type == "hold" and _is_set(relay, "pulse_s"):
            what = 'nothing reads it with type = "hold"'
            yield Problem(key, what, 'Take it out, or write type = "pulse".')
        elif relay.type == "pulse" and relay.pulse_s >= lane.open_for_s:
            what = f"is not shorter than open_for_s, {lane.open_for_s:g} s"
            yield Problem(key, what, "Write what the turnstile's maker says.")


def _is_set(section: Section, key: str) -> bool:
    """Whether the file asks for something else than the default."""
    return bool(getattr(section, key) != type(section).model_fields[key].default)


# --- simulation and replay ------------------------------------------------------------------


def _replay(config: Config) -> Iterator[Problem]:
    folder, replayed = config.camera.folder, config.camera.source == "replay"
    if replayed and folder is None:
        what = 'is missing, and source = "replay" needs it'
        yield Problem("camera.folder", what, 'Add the folder with the pictures: folder = "frames".')
    elif folder is not None and not replayed:
        what = f'nothing reads it with source = "{config.camera.source}"'
        yield Problem("camera.folder", what, 'Take it out, or write source = "replay".')
    elif folder is not None and (fault := folder_fault(folder)):
        yield Problem("camera.folder", f"{toml_value(folder)} {fault}", "Put the pictures there.")


def _stall(config: Config) -> Iterator[Problem]:
    two_frames_s = 2 / config.camera.fps
    if config.camera.stall_after_s < two_frames_s:
        what = f"is less than two frames last at {config.camera.fps} fps, {two_frames_s:.2g} s"
        yield Problem("camera.stall_after_s", what, "Write a longer time, or more fps.")


def _exposure(config: Config) -> Iterator[Problem]:
    frame_ms = 1000 / config.camera.fps
    if config.camera.exposure_max_ms > frame_ms:
        what = f"is longer than a frame lasts at {config.camera.fps} fps, {frame_ms:.3g} ms"
        yield Problem("camera.exposure_max_ms", what, "Write a shorter time, or less fps.")


def _focus(config: Config) -> Iterator[Problem]:
    if config.camera.focus == "search" and _is_set(config.camera, "focus_cm"):
        what = 'nothing reads it with focus = "search"'
        yield Problem("camera.focus_cm", what, 'Take it out, or write focus = "set".')


def _simulation(config: Config) -> Iterator[Problem]:
    simulated = ", ".join(config.simulated)
    if simulated and config.simulation is None:
        what = f"is missing, and the simulator is asked for in [{simulated}]"
        yield Problem(
            "simulation.wires", what, 'Add a section [simulation] with wires = "wires.sock".'
        )
    elif config.simulation is not None and not simulated:
        what = "nothing reads this section, since no source is simulated"
        yield Problem("simulation", what, 'Take it out, or write source = "simulated" at a part.')


def _sockets(config: Config) -> Iterator[Problem]:
    sockets = {"status.socket": config.status_socket}
    if config.simulation is not None:
        sockets["simulation.wires"] = config.simulation.wires
        if config.simulation.wires == config.status_socket:
            what = "is the same socket as status.socket"
            yield Problem("simulation.wires", what, "Give each a name of its own.")
    for path, socket in sockets.items():
        size = len(os.fsencode(socket))
        if size > MAX_SOCKET_BYTES:
            what = f"{toml_value(socket)} has {size} bytes, more than {MAX_SOCKET_BYTES}"
            yield Problem(path, what, "Choose a shorter path, such as /run/gate/status.sock.")


WIRING: tuple[Rule, ...] = (
    _one_role_a_pin,
    _pins_of_the_bus,
    _pulled_up,
    _direction,
    _key,
    _pulse,
    _replay,
    _stall,
    _exposure,
    _focus,
    _simulation,
    _sockets,
)
