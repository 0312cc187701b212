"""Faults of broker, disk and board."""

import os
import sqlite3
from contextlib import closing
from types import SimpleNamespace

from drivers.process import Finished
from gate.doctor.device import Tried
from gate.events import Count
from gate.model import Direction, Reason
from gate.opening import open_store
from gate.visits import VisitRules
from tests.gate.doctor.faults.registry import Fault, plant, without_driver
from tests.gate.doctor.world import NOW, World


def _answered(outcome: str) -> Fault:
    def fault(world: World) -> None:
        world.broker = Tried(outcome, "says who refuses")

    return fault


plant("BROKER-NAME")(_answered("no_name"))
plant("BROKER-UNREACHABLE")(_answered("unreachable"))
plant("BROKER-REFUSED")(_answered("refused"))
plant("BROKER-TLS")(_answered("tls"))
plant("BROKER-PASSWORD")(_answered("password"))
plant("BROKER-FORBIDDEN")(_answered("forbidden"))
plant("BROKER-FILES")(_answered("files"))
plant("BROKER-OTHER")(_answered("other"))
"""What a real one answers to what: tests/drivers/test_mqtt_probe.py."""


@plant("BROKER-REFUSED")
def the_running_lane_has_lost_its_broker(world: World) -> None:
    world.runs(faults=["broker"])
    world.broker = Tried("refused", "nothing listens")


@plant("DISK-FULL")
def somebody_keeps_pictures(world: World) -> None:
    world.room.f_bavail = 12


@plant("DISK-READONLY")
def the_card_is_mounted_read_only(world: World) -> None:
    world.room = SimpleNamespace(f_bavail=100_000, f_frsize=4096, f_flag=os.ST_RDONLY)


@plant("DATABASE-WRONG")
def the_database_is_none(world: World) -> None:
    (world.places.data / "gate.db").write_bytes(b"not a database" * 100)


@plant("DATABASE-ALTERED")
def somebody_has_altered_the_log(world: World) -> None:
    file = world.places.data / "gate.db"
    store, _ = open_store(
        file, venue="mall-t01", gate="t01-a", rules=VisitRules(), now=lambda _: NOW
    )
    with closing(store):
        store.apply_all(
            [(Count(Direction.IN, Reason.OK), NOW), (Count(Direction.IN, Reason.OK), NOW)]
        )
    with closing(sqlite3.connect(file)) as db:
        db.execute("UPDATE events SET t = t + 1")
        db.commit()


@plant("POWER-LOW")
def the_voltage_is_too_low_now(world: World) -> None:
    world.commands["vcgencmd get_throttled"] = Finished(0, "throttled=0x50005\n", "")


@plant("POWER-LOW-BEFORE")
def the_voltage_was_too_low(world: World) -> None:
    world.commands["vcgencmd get_throttled"] = Finished(0, "throttled=0x50000\n", "")


@plant("POWER-LOW-BEFORE")
def the_firmwares_tool_may_not_be_used(world: World) -> None:
    """In the sandbox the kernel's file says the same."""
    world.commands["vcgencmd get_throttled"] = Finished(255, "", "VCHI initialization failed")
    world.put("sys/devices/platform/soc/soc:firmware/get_throttled", "10000\n")


@plant("BOARD-HOT")
def it_stands_in_the_sun(world: World) -> None:
    world.put("sys/class/thermal/thermal_zone0/temp", "84199\n")


@plant("CLOCK-UNKEPT")
def nobody_keeps_the_clock(world: World) -> None:
    world.kept = False


@plant("CLOCK-UNKEPT")
def the_running_lane_is_unsure_of_the_time(world: World) -> None:
    world.runs(clock="unsure", faults=["clock"])


@plant("WATCHDOG-OFF")
def nothing_feeds_the_watchdog(world: World) -> None:
    world.manager["RuntimeWatchdogUSec"] = "0"


@plant("WATCHDOG-OFF")
def the_watchdogs_time_is_longer_than_the_chip_counts(world: World) -> None:
    world.manager["RuntimeWatchdogUSec"] = "1min"


@plant("JOURNAL-ON-CARD")
def the_journal_is_written_to_the_card(world: World) -> None:
    world.put("var/log/journal/abc/system.journal", "")
    world.commands["systemd-analyze cat-config"] = Finished(0, "[Journal]\n#Storage=auto\n", "")


@plant("NOT-EXAMINED")
def a_file_goes_away_meanwhile(world: World) -> None:
    def gone(_: object) -> None:
        raise FileNotFoundError(2, "No such file or directory", "/dev/gpiochip0")

    world.asked_of_line = gone


@plant("NOT-EXAMINED")
def the_configuration_may_not_be_read(world: World) -> None:
    """By whoever is neither root nor in the group gate."""
    without_driver(world, "etc/gate/gate.toml")
