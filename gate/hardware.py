"""What the drivers stand on: a Raspberry Pi's wires, or simulated ones, as the file says.

The part of the assembly that chooses. What belongs to a Pi, or to the simulator, is imported in
the branch that uses it, so that either runs without the other.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gpiozero import Factory

from drivers.kernel_clock import KernelClock
from drivers.lines import InputLine, OutputLine, open_pin_factory
from drivers.mlx90614 import Bus, open_bus
from drivers.turnstile import Turnstile, TurnstilePins
from gate.clock import Clock
from gate.config import Config
from gate.config.eye import Camera as Eye
from gate.config.lane import InputPin, OutputPin
from gate.config.variants import TRAITS
from gate.model import Lamp, Sound
from gate.wording import CHIMES

if TYPE_CHECKING:
    from drivers.simulated.frames import Scene
    from drivers.simulated.wires import Wires
    from gate.eyes.scanner import Camera  # brings numpy, which `gate relay-safe` need not wait for


@dataclass(frozen=True, slots=True)
class Hardware:
    """What the drivers stand on: the real wires, or simulated ones."""

    open_factory: Callable[[], Factory]
    open_bus: Callable[[], Bus]
    open_camera: Callable[[], "Camera"]
    clock: Clock


@dataclass(frozen=True, slots=True)
class Outputs:
    """The turnstile as the deciding thread wants it: lamps and sounds by their names."""

    turnstile: Turnstile

    def show(self, *, relay: bool, wide: bool, lamp: Lamp) -> None:
        """Coils and lamp."""
        self.turnstile.show(relay=relay, wide=wide, lamp=lamp.value)

    def chime(self, sound: Sound) -> None:
        """One of the patterns of `gate.wording`."""
        self.turnstile.chime(CHIMES[sound])

    def mend(self) -> None:
        """All lines anew."""
        self.turnstile.mend()


def hardware(config: Config, parts: ExitStack, crash: Callable[[BaseException], None]) -> Hardware:
    """The wires that the file asks for; what has to be closed is left with `parts`."""
    wires = _wires(config, parts, crash) if config.simulation else None

    def open_chip() -> Bus:
        if wires and config.thermometer.source == "simulated":
            from drivers.simulated.mlx90614 import SimulatedI2C  # noqa: PLC0415

            return SimulatedI2C(wires.chip)
        return open_bus(config.thermometer.bus)

    def open_factory() -> Factory:
        if wires and config.turnstile.source == "simulated":
            return wires.pins.factory
        return open_pin_factory(config.turnstile.chip)

    return Hardware(
        open_factory,
        open_chip,
        lambda: open_camera(config.camera, wires.scene if wires else None),
        wires.clock if wires else KernelClock(),
    )


def open_camera(eye: Eye, scene: "Scene | None") -> "Camera":
    """The source of frames that the file asks for; a simulated one looks at `scene`.

    Raises a `drivers.frame.CameraError` where there is none.
    """
    match eye.source:
        case "picamera2":
            from drivers.camera import Camera as PiCamera  # noqa: PLC0415 - only on a Pi
            from drivers.optics import Optics  # noqa: PLC0415

            return PiCamera(
                number=eye.number,
                width=eye.width,
                height=eye.height,
                fps=eye.fps,
                optics=Optics(
                    exposure_max_ms=eye.exposure_max_ms,
                    gain_max=eye.gain_max,
                    mains_hz=eye.mains_hz,
                    focus_cm=eye.focus_cm if eye.focus == "set" else None,
                ),
            )
        case "replay":
            from drivers.replay import Replay  # noqa: PLC0415 - needs Pillow

            assert eye.folder, "a rule of the configuration sees to it"  # noqa: S101
            return Replay(folder=eye.folder, fps=eye.fps)
        case "simulated":
            from drivers.simulated.frames import SimulatedCamera  # noqa: PLC0415

            assert scene, "a rule of the configuration sees to it"  # noqa: S101
            return SimulatedCamera(scene=scene, fps=eye.fps)


def _wires(config: Config, parts: ExitStack, crash: Callable[[BaseException], None]) -> "Wires":
    from drivers.simulated.clock import SimulatedClock  # noqa: PLC0415 - only in a simulation
    from drivers.simulated.disk import SimulatedDisk  # noqa: PLC0415
    from drivers.simulated.frames import Scene  # noqa: PLC0415
    from drivers.simulated.mlx90614 import SimulatedMlx90614  # noqa: PLC0415
    from drivers.simulated.wires import Wires  # noqa: PLC0415

    assert config.simulation, "asked for by _hardware only then"  # noqa: S101
    lane, seed = config.turnstile, config.simulation.seed
    inputs = (lane.sensor_a, lane.sensor_b, lane.release, lane.attendant, lane.key, lane.proximity)
    variant = getattr(config.thermometer, "variant", None)  # `load_turnstile` may leave a hole
    part = TRAITS[variant or "DCC"]
    clock, disk = SimulatedClock(), SimulatedDisk(config.gate.data_dir)
    parts.callback(disk.close)
    wires = Wires(
        path=config.simulation.wires,
        at_rest={line.pin: not line.active_high for line in inputs if line},
        chip=SimulatedMlx90614(
            clock=clock.monotonic, seed=seed, settling_s=part.settling_s, sigma_c=part.sigma_c
        ),
        scene=Scene(width=config.camera.width, height=config.camera.height, seed=seed),
        clock=clock,
        disk=disk,
        on_crash=crash,
    )
    return parts.enter_context(wires)


def turnstile_pins(config: Config) -> TurnstilePins:
    """The wiring of `[turnstile]`, as the driver wants it."""
    lane = config.turnstile

    def driven(line: OutputPin | None) -> OutputLine | None:
        return OutputLine(line.pin, line.active_high) if line else None

    def watched(line: InputPin | None) -> InputLine | None:
        return InputLine(line.pin, line.active_high, line.pull) if line else None

    return TurnstilePins(
        relay=OutputLine(lane.relay.pin, lane.relay.active_high),
        wide=driven(lane.wide_relay),
        sensor_a=InputLine(lane.sensor_a.pin, lane.sensor_a.active_high, lane.sensor_a.pull),
        release=InputLine(lane.release.pin, lane.release.active_high, lane.release.pull),
        sensor_b=watched(lane.sensor_b),
        attendant=watched(lane.attendant),
        key=watched(lane.key),
        proximity=watched(lane.proximity),
        red=driven(lane.lamp_red),
        amber=driven(lane.lamp_amber),
        green=driven(lane.lamp_green),
        buzzer=driven(lane.buzzer),
    )
