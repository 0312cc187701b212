"""Faults of wires, camera and thermometer."""

from datetime import date

from drivers.simulated.mlx90614 import EEPROM
from gate.model import Utc
from gate.temperature.commissioning import CELLS, Commissioned, write_record
from tests.gate.doctor.faults.registry import DAY_S, plant, without_driver
from tests.gate.doctor.world import NOW, HastyChip, World


@plant("GPIO-NONE")
def this_board_has_no_header(world: World) -> None:
    world.chips.labels[0] = "gpio-mockup-A"


@plant("GPIO-CHIP")
def the_number_is_that_of_an_older_kernel(world: World) -> None:
    """A Raspberry Pi 5: what was 4 is 0 now."""
    world.put("proc/device-tree/model", "Raspberry Pi 5 Model B Rev 1.0\0")
    world.chips.labels[0] = "pinctrl-rp1"
    world.chips.add(10, "gpio-brcmstb@107d508500")
    world.gate = world.gate.replace("[turnstile]", "[turnstile]\nchip = 10")


@plant("GPIO-DENIED")
def the_chip_may_not_be_opened(world: World) -> None:
    (world.root / "dev/gpiochip0").unlink()
    without_driver(world, "dev/gpiochip0")


@plant("GPIO-BUSY")
def an_overlay_has_the_relays_line(world: World) -> None:
    world.chips.claim(0, 17, "onewire@11")


@plant("GPIO-STRICT")
def the_kernel_goes_on_driving(world: World) -> None:
    world.put("boot/firmware/config.txt", "camera_auto_detect=1\ndtparam=i2c_arm=on\n")


@plant("WIRING-RELEASE-CUT")
def a_cut_wire_of_the_release_looks_like_peace(world: World) -> None:
    world.gate = world.gate.replace(
        'release = {{ pin = 24, active = "high"', 'release = {{ pin = 24, active = "low"'
    )


@plant("WIRING-CUT-UNSEEN")
def a_cut_wire_of_the_sensor_looks_like_an_empty_lane(world: World) -> None:
    world.gate = world.gate.replace(
        'sensor_a = {{ pin = 22, active = "high"', 'sensor_a = {{ pin = 22, active = "low"'
    )


@plant("WIRING-BOOT-PULL")
def the_relay_fires_at_boot(world: World) -> None:
    world.gate = world.gate.replace('pin = 17, active = "high"', 'pin = 17, active = "low"')


@plant("WIRING-CONSOLE")
def the_relay_is_on_the_serial_port(world: World) -> None:
    world.gate = world.gate.replace("pin = 17", "pin = 14")


@plant("WIRING-I2C-LINE")
def a_sensor_is_on_the_bus(world: World) -> None:
    world.gate = world.gate.replace("pin = 22", "pin = 2").replace(
        'variant = "DCC"', 'source = "none"\n[screening]\nmode = "off"'
    )


@plant("CAMERA-OFF")
def the_firmware_does_not_look_for_a_camera(world: World) -> None:
    _no_sensor(world)
    boot = "camera_auto_detect=0\ndtparam=strict_gpiod\n"
    world.put("boot/firmware/config.txt", boot)


@plant("CAMERA-OFF")
def the_old_camera_stack_is_switched_on(world: World) -> None:
    _no_sensor(world)
    boot = "start_x=1\ncamera_auto_detect=1\ndtparam=strict_gpiod\n"
    world.put("boot/firmware/config.txt", boot)


@plant("CAMERA-NONE")
def the_flat_cable_is_loose(world: World) -> None:
    _no_sensor(world)


def _no_sensor(world: World) -> None:
    """What is left is the receiver of the chip."""
    world.put("sys/class/video4linux/v4l-subdev0/name", "unicam\n")


@plant("CAMERA-BUSY")
def another_program_has_the_camera(world: World) -> None:
    world.process(812, "pipewire", "/dev/media0")


@plant("CAMERA-DENIED")
def the_frames_memory_may_not_be_opened(world: World) -> None:
    (world.root / "dev/dma_heap/linux,cma").unlink()
    without_driver(world, "dev/dma_heap/linux,cma")


@plant("CMA-SMALL")
def there_is_no_room_for_frames(world: World) -> None:
    world.put("proc/meminfo", "MemTotal: 436000 kB\nCmaTotal:   16384 kB\n")


@plant("I2C-OFF")
def the_bus_is_switched_off(world: World) -> None:
    (world.root / "dev/i2c-1").unlink()


@plant("I2C-DENIED")
def the_bus_may_not_be_opened(world: World) -> None:
    (world.root / "dev/i2c-1").unlink()
    without_driver(world, "dev/i2c-1")


@plant("THERMOMETER-SILENT")
def nothing_answers_on_the_bus(world: World) -> None:
    """errno 121, EREMOTEIO."""
    world.chip.fault = "nack"


@plant("THERMOMETER-HASTY")
def transfers_behind_each_other_fail(world: World) -> None:
    world.chip = HastyChip(clock=lambda: 0.0)


@plant("THERMOMETER-DAMAGED")
def replies_arrive_damaged(world: World) -> None:
    world.chip.fault = "checksum"


@plant("THERMOMETER-OTHER")
def somebody_has_changed_the_sensor(world: World) -> None:
    _commissioned(world, cells={0x3C: 0x1111})


@plant("THERMOMETER-ODD")
def it_was_commissioned_as_another_variant(world: World) -> None:
    _commissioned(world, variant="DAA")


@plant("CALIBRATION-ENDED")
def nobody_has_calibrated_it_since(world: World) -> None:
    _commissioned(world)
    world.now = Utc(NOW + 400 * DAY_S)


def _commissioned(
    world: World, *, variant: str = "DCC", cells: dict[int, int] | None = None
) -> None:
    words = {**EEPROM, **(cells or {})}
    record = Commissioned(
        on=date(2026, 2, 1),
        expires=date(2026, 8, 1),
        variant=variant,
        cells=tuple(words[cell] for cell in CELLS),
    )
    write_record(world.places.data, record)
