"""The thread that owns the thermometer: real library and driver over a simulated chip."""

import errno
import logging
import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import date
from itertools import pairwise

import pytest

from drivers.mlx90614 import Mlx90614, ThermometerError
from drivers.mlx90614_words import AMBIENT, IDENTITY, OBJECT
from drivers.simulated.mlx90614 import EEPROM, SimulatedI2C, SimulatedMlx90614
from drivers.simulated.mlx90614 import Fault as Broken
from gate.events import Measure
from gate.failures import FAILURES
from gate.model import Monotonic, Ticket, Verdict
from gate.rows import DETAIL_LIMIT
from gate.temperature.commissioning import CELLS, Commissioned, CommissioningError, expiry
from gate.temperature.criteria import ScreeningSettings
from gate.temperature.identity import Record
from gate.temperature.learnt import Fault
from gate.temperature.sampler import AMBIENT_EVERY, Sampler
from gate.temperature.transfers import Failure

PATIENCE_S = 10.0
"""Real seconds after which a test gives up."""

LONG_S = 15.0
"""An interval between samples that no test waits for."""


class Clock:
    """Moves by a third of a settling time with each look, of which a good sample takes three."""

    STEP_S = 0.047

    def __init__(self) -> None:
        self._looks = 0
        self._moved = threading.Condition()

    def __call__(self) -> Monotonic:
        with self._moved:
            self._looks += 1
            self._moved.notify_all()
            return self.now

    @property
    def now(self) -> Monotonic:
        return Monotonic(self._looks * self.STEP_S)

    def wait_s(self, seconds: float) -> None:
        self.wait_until(self.now + seconds)

    def wait_until(self, moment: float) -> None:
        with self._moved:
            assert self._moved.wait_for(lambda: self.now > moment - self.STEP_S / 2, PATIENCE_S)


class Rig:
    """A sampler on a simulated chip; what it tells is in a queue."""

    def __init__(
        self,
        chip_type: type[SimulatedMlx90614],
        *,
        sample_every_s: float,
        record: Record,
        warm_up_s: float,
    ) -> None:
        self.clock = Clock()
        self.chip = chip_type(clock=self.clock, seed=1)
        self.opened_at: list[Monotonic] = []
        self.lost_at: list[Monotonic] = []
        self.thermometers: list[Mlx90614] = []
        self._told: queue.SimpleQueue[tuple[object, ...]] = queue.SimpleQueue()
        self.sampler = Sampler(
            open_thermometer=self.open,
            broken=ThermometerError,
            failures=FAILURES,
            record=record,
            variant="DCC",
            settings=ScreeningSettings(),
            sample_every_s=sample_every_s,
            warm_up_s=warm_up_s,
            clock=self.clock,
            on_measured=self.tell("measured"),
            on_lost=self.lost,
            on_back=self.tell("back"),
            on_crash=self.tell("crash"),
        )

    def open(self) -> Mlx90614:
        self.opened_at.append(self.clock.now)
        self.thermometers.append(Mlx90614(SimulatedI2C(self.chip)))
        return self.thermometers[-1]

    def lost(self, detail: str) -> None:
        self.lost_at.append(self.clock.now)
        self._told.put(("lost", detail))

    def tell(self, what: str) -> Callable[..., None]:
        return lambda *said: self._told.put((what, *said))

    def told(self) -> tuple[object, ...]:
        return self._told.get(timeout=PATIENCE_S)

    def is_silent(self) -> bool:
        """Nothing more is told while six seconds pass."""
        self.clock.wait_s(6.0)
        return self._told.empty()

    def start_with_a_baseline(self) -> None:
        self.sampler.start()
        self.clock.wait_s(2.0)

    def start_and_open(self) -> None:
        opened_at = self.clock.now + 2 * Clock.STEP_S
        self.sampler.start()
        self.clock.wait_until(opened_at)


MakeRig = Callable[..., Rig]


@pytest.fixture
def make_rig() -> Iterator[MakeRig]:
    with ExitStack() as stack:

        def make(
            chip_type: type[SimulatedMlx90614] = SimulatedMlx90614,
            *,
            sample_every_s: float = 0.0005,
            record: Record = None,
            warm_up_s: float = 0.0,
        ) -> Rig:
            rig = Rig(chip_type, sample_every_s=sample_every_s, record=record, warm_up_s=warm_up_s)
            stack.callback(rig.sampler.stop)
            return rig

        yield make


@pytest.fixture
def rig(make_rig: MakeRig) -> Rig:
    return make_rig()


def measure(ticket: int, attempt: int = 1) -> Measure:
    return Measure(Ticket(ticket), attempt, rested=False)


# --- measuring ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("skin_c", "verdict"),
    [(36.4, Verdict.ADMIT), (38.2, Verdict.WAIT), (33.0, Verdict.REPEAT)],
)
def test_a_person_is_measured_once_with_the_ticket_of_the_question(
    rig: Rig, skin_c: float, verdict: Verdict
) -> None:
    rig.start_with_a_baseline()

    rig.sampler.measure(measure(7))
    rig.chip.skin_c = skin_c

    what, ticket, said, celsius = rig.told()
    assert (what, ticket, said) == ("measured", 7, verdict)
    assert celsius == pytest.approx(skin_c, abs=0.3)
    assert rig.is_silent()


def test_the_same_person_is_measured_again_where_they_stand(rig: Rig) -> None:
    rig.start_with_a_baseline()
    rig.sampler.measure(measure(1))
    rig.chip.skin_c = 33.0
    assert rig.told()[1:3] == (1, Verdict.REPEAT)

    rig.chip.skin_c = 36.4
    rig.sampler.measure(measure(2, attempt=2))

    assert rig.told()[1:3] == (2, Verdict.ADMIT)


def test_where_a_proximity_input_is_wired_a_forehead_far_away_is_not_measured(rig: Rig) -> None:
    rig.sampler.come_near(near=False)
    rig.start_with_a_baseline()
    rig.sampler.measure(measure(1))
    rig.chip.skin_c = 36.4
    assert rig.is_silent()

    rig.sampler.come_near(near=True)

    assert rig.told()[:3] == ("measured", 1, Verdict.ADMIT)


def test_who_has_been_admitted_is_not_measured_for_the_next_after_a_loss(rig: Rig) -> None:
    rig.sampler.come_near(near=True)
    rig.sampler.start()
    rig.sampler.measure(measure(1))
    rig.chip.skin_c = 36.4
    assert rig.told()[:3] == ("measured", 1, Verdict.ADMIT)

    rig.chip.fault = "nack"
    assert rig.told()[0] == "lost"
    rig.chip.fault = None
    assert rig.told() == ("back",)
    rig.sampler.measure(measure(2))

    assert rig.is_silent()


def test_a_proximity_input_that_is_stuck_is_told_until_it_moves(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    rig.sampler.come_near(near=True)
    rig.start_with_a_baseline()
    rig.clock.wait_s(125.0)
    (warning,) = rig.sampler.condition.warnings
    rig.sampler.come_near(near=False)
    rig.clock.wait_s(1.0)

    assert warning == "the proximity input is active for 120 s now; not believed any more"
    assert rig.sampler.condition.warnings == ()
    assert [message for message in caplog.messages if "proximity" in message] == [
        f"thermometer: {warning}",
        "thermometer: the proximity input is believed again",
    ]


def test_a_question_that_is_taken_back_is_not_answered(rig: Rig) -> None:
    rig.start_with_a_baseline()

    rig.sampler.measure(measure(1))
    rig.sampler.stop_measuring()
    rig.chip.skin_c = 36.4

    assert rig.is_silent()


def test_a_newer_question_replaces_the_open_one(rig: Rig) -> None:
    rig.start_with_a_baseline()

    rig.sampler.measure(measure(1))
    rig.sampler.measure(measure(2))
    rig.chip.skin_c = 36.4

    assert rig.told()[1] == 2
    assert rig.is_silent()


def test_ambient_is_read_ten_times_more_seldom_than_the_object(make_rig: MakeRig) -> None:
    class Recording(SimulatedMlx90614):
        commands: tuple[int, ...] = ()

        def read(self, command: int) -> bytes:
            self.commands += (command,)
            return super().read(command)

    rig = make_rig(Recording)

    rig.sampler.start()
    rig.clock.wait_s(5.0)

    once = (0x06, *[0x07] * AMBIENT_EVERY)
    assert isinstance(rig.chip, Recording)
    assert rig.chip.commands[: len(IDENTITY)] == IDENTITY
    assert rig.chip.commands[len(IDENTITY) :][: 3 * len(once)] == once * 3


# --- a part that fails ----------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["nack", "checksum", "flag", "power_up", "stuck"])
def test_a_fault_is_lost_once_and_back_once_and_never_a_verdict(rig: Rig, fault: Broken) -> None:
    rig.start_with_a_baseline()
    rig.sampler.measure(measure(1))

    rig.chip.fault = fault
    rig.chip.skin_c = 36.4
    assert rig.told()[0] == "lost"
    assert rig.is_silent()
    rig.chip.fault = None

    assert rig.told() == ("back",)
    assert rig.is_silent()  # the question went with the loss


def test_after_a_loss_people_are_measured_as_before(rig: Rig) -> None:
    rig.start_with_a_baseline()
    rig.chip.fault = "flag"
    assert rig.told()[0] == "lost"
    rig.chip.fault = None
    assert rig.told() == ("back",)
    rig.clock.wait_s(2.0)

    rig.sampler.measure(measure(9))
    rig.chip.skin_c = 36.4

    assert rig.told()[:3] == ("measured", 9, Verdict.ADMIT)


def test_a_thermometer_that_is_absent_at_the_start_is_lost_and_comes_back(rig: Rig) -> None:
    rig.chip.fault = "nack"

    rig.sampler.start()
    what, detail = rig.told()
    assert what == "lost"
    assert "0x5a" in str(detail)
    assert rig.is_silent()
    rig.chip.fault = None

    assert rig.told() == ("back",)


def test_opening_is_tried_again_more_and_more_seldom(rig: Rig) -> None:
    rig.chip.fault = "nack"

    rig.sampler.start()
    rig.clock.wait_s(40.0)
    rig.sampler.stop()

    pauses = [after - before for before, after in pairwise(rig.opened_at)]
    assert pauses[:6] == pytest.approx([0.5, 1.0, 2.0, 4.0, 8.0, 10.0], abs=2 * Clock.STEP_S)


def test_a_dying_part_is_told_within_a_second_of_its_last_good_sample(make_rig: MakeRig) -> None:
    good_at: list[Monotonic] = []

    class Dying(SimulatedMlx90614):
        def read(self, command: int) -> bytes:
            if len(good_at) > 20:
                raise OSError(errno.EREMOTEIO, "no acknowledgement")
            good_at.append(dying.clock.now)
            return super().read(command)

    dying = make_rig(Dying)

    dying.sampler.start()

    what, detail = dying.told()
    assert what == "lost"
    assert str(detail).startswith("bus: of the last 25 transfers failed: 12 bus; register 0x07")
    assert dying.lost_at[0] - good_at[-1] < 1.0


def test_two_failed_reads_are_tried_again_at_once(make_rig: MakeRig) -> None:
    class Flaky(SimulatedMlx90614):
        reads = 0

        def read(self, command: int) -> bytes:
            self.reads += command in {AMBIENT, OBJECT}
            if self.reads % 3:
                raise OSError(errno.EREMOTEIO, "no acknowledgement")
            return super().read(command)

    rig = make_rig(Flaky)

    for _ in range(2):  # it is opened, then read
        rig.sampler.go_round()

    assert rig.sampler.latest_c == pytest.approx(27.0, abs=1.0)


def test_the_same_word_thirty_times_is_told_as_stuck(rig: Rig) -> None:
    rig.chip.fault = "stuck"

    rig.sampler.start()

    assert rig.told() == ("lost", "stuck: at 26.99 C, 30 times running")
    # A look for each round and each reading; a stuck chip itself looks at no clock.
    opening, ambient = 4, 3
    assert rig.lost_at[0] == pytest.approx((opening + ambient + 30 * 2) * Clock.STEP_S)


def test_the_page_sees_the_last_temperature_and_a_living_thread(rig: Rig) -> None:
    rig.start_with_a_baseline()
    assert rig.sampler.latest_c == pytest.approx(27.0, abs=1.0)

    rig.chip.fault = "flag"
    assert rig.told()[0] == "lost"
    lost_at = rig.sampler.alive_at
    rig.clock.wait_s(1.0)

    assert rig.sampler.latest_c is None
    assert rig.sampler.alive_at > lost_at


# --- which part is it, and is it warm? --------------------------------------------------------


def commissioned(changes: Mapping[int, int] | None = None) -> Commissioned:
    """The record of the simulated part, but for the cells that were other ones."""
    cells = {**EEPROM, **(changes or {})}
    on = date(2026, 5, 2)
    return Commissioned(on, expiry(on), "DCC", tuple(cells[cell] for cell in CELLS))


def test_the_part_of_the_record_is_measured_with(make_rig: MakeRig) -> None:
    rig = make_rig(record=commissioned())
    rig.start_with_a_baseline()

    rig.sampler.measure(measure(1))
    rig.chip.skin_c = 36.4

    assert rig.told()[2] is Verdict.ADMIT
    assert rig.sampler.condition.standing.startswith("accepted with the factory's values on 2026")


@pytest.mark.parametrize("cell", EEPROM)
def test_a_part_with_another_word_in_any_cell_is_lost_until_the_right_one_is_back(
    make_rig: MakeRig, cell: int
) -> None:
    rig = make_rig(record=commissioned({cell: 0xBEEF}))

    rig.sampler.start()

    what, detail = rig.told()
    assert what == "lost"
    assert str(detail).startswith("identity: another sensor, or tampered: its cells are FFFF B7D4")
    assert f"{EEPROM[cell]:04X}" in str(detail).split(", those")[0]
    assert "commissioned on 2026-05-02" in str(detail)
    assert "BEEF" in str(detail).split(", those")[1]
    assert len(f"thermometer: {detail}") <= DETAIL_LIMIT
    rig.chip.cells[cell] = 0xBEEF
    assert rig.told() == ("back",)


def test_a_part_that_is_swapped_within_a_second_is_found_out_by_its_first_zeros(
    make_rig: MakeRig,
) -> None:
    rig = make_rig(record=commissioned())
    rig.start_with_a_baseline()

    rig.chip.cells[0x3C] = 0xBEEF
    rig.chip.fault = "power_up"
    rig.clock.wait_s(0.3)
    rig.chip.fault = None

    what, detail = rig.told()
    assert (what, str(detail).split(":")[0]) == ("lost", "identity")


def test_a_record_that_cannot_be_used_stops_the_measuring_with_its_reason(
    make_rig: MakeRig,
) -> None:
    rig = make_rig(record=CommissioningError("thermometer.toml: is no record"))

    rig.sampler.start()

    assert rig.told() == ("lost", "identity: thermometer.toml: is no record")


def test_without_a_record_it_works_and_says_so(rig: Rig) -> None:
    rig.start_with_a_baseline()

    assert rig.sampler.condition.trouble is None
    assert rig.sampler.condition.standing.startswith("not commissioned")


def test_cells_that_cannot_be_read_are_not_those_of_another_part(make_rig: MakeRig) -> None:
    rig = make_rig(record=commissioned())
    rig.chip.fault = "checksum"

    rig.sampler.start()
    what, detail = rig.told()

    assert what == "lost"
    assert str(detail).startswith("stale: no good reading for 1 s: register 0x24")
    rig.chip.fault = None
    assert rig.told() == ("back",)


def test_while_it_warms_up_nobody_is_measured(make_rig: MakeRig) -> None:
    rig = make_rig(warm_up_s=30.0)

    rig.sampler.start()
    rig.sampler.measure(measure(1))
    assert rig.told() == ("lost", "warming: warming up, about 1 min left")
    rig.chip.skin_c = 36.4
    assert rig.is_silent()
    assert rig.sampler.latest_c == pytest.approx(36.4, abs=1.0)  # for who looks at the page

    assert rig.told() == ("back",)
    assert rig.clock.now == pytest.approx(30.0, abs=1.0)


def test_what_changes_while_it_is_lost_is_in_its_condition_and_in_the_log(
    make_rig: MakeRig, caplog: pytest.LogCaptureFixture
) -> None:
    rig = make_rig(warm_up_s=1e9)
    rig.sampler.start()
    assert rig.told()[0] == "lost"

    rig.chip.fault = "flag"
    assert rig.is_silent()

    trouble = rig.sampler.condition.trouble
    assert trouble
    assert trouble.fault is Fault.SENSOR
    assert "thermometer: sensor: register 0x" in caplog.text
    assert rig.sampler.condition.transfers.failures[Failure.FLAG] >= 3
    assert rig.sampler.condition.transfers.failures[Failure.BUS] == 0


def test_a_bus_that_fails_now_and_then_is_a_warning_and_people_are_measured(
    make_rig: MakeRig, caplog: pytest.LogCaptureFixture
) -> None:
    class Flaky(SimulatedMlx90614):
        reads = 0

        def read(self, command: int) -> bytes:
            self.reads += 1
            if self.reads % 12 == 0:
                raise OSError(errno.ETIMEDOUT, "timed out")
            return super().read(command)

    rig = make_rig(Flaky)
    rig.start_with_a_baseline()
    rig.clock.wait_s(5.0)

    rig.sampler.measure(measure(1))
    rig.chip.skin_c = 36.4

    assert rig.told()[2] is Verdict.ADMIT
    (warning,) = rig.sampler.condition.warnings
    assert "4 bus; register 0x0" in warning
    assert len([record for record in caplog.records if "transfers failed" in record.message]) == 1


# --- the thread -----------------------------------------------------------------------------


def test_stop_does_not_wait_for_the_next_sample_and_closes_the_bus(make_rig: MakeRig) -> None:
    rig = make_rig(sample_every_s=LONG_S)
    rig.start_and_open()

    stopping = threading.Thread(target=rig.sampler.stop)
    stopping.start()
    stopping.join(PATIENCE_S)

    assert not stopping.is_alive()
    with pytest.raises(AssertionError, match="closed"):
        rig.thermometers[-1].object_c()


def test_a_bus_that_hangs_is_left_behind(make_rig: MakeRig) -> None:
    reached = threading.Event()

    class Hanging(SimulatedMlx90614):
        def acknowledge(self) -> None:
            if self.fault == "hang":
                reached.set()
            super().acknowledge()

    rig = make_rig(Hanging)
    rig.start_with_a_baseline()
    rig.chip.fault = "hang"
    assert reached.wait(PATIENCE_S)

    stopping = threading.Thread(target=rig.sampler.stop, args=(0.01,))
    stopping.start()
    stopping.join(PATIENCE_S)

    left_behind = not stopping.is_alive()
    rig.chip.fault = None
    assert left_behind


def test_stopping_twice_or_before_the_start_is_fine(rig: Rig) -> None:
    rig.sampler.stop()
    rig.sampler.stop()


def test_a_part_that_stays_silent_is_closed_and_opened_anew(rig: Rig) -> None:
    rig.start_with_a_baseline()

    rig.chip.fault = "flag"
    assert rig.told()[0] == "lost"
    rig.clock.wait_s(2.0)

    assert len(rig.thermometers) > 1
    with pytest.raises(AssertionError, match="closed"):
        rig.thermometers[0].object_c()


def test_an_exception_that_nobody_expected_is_handed_over(make_rig: MakeRig) -> None:
    class Buggy(SimulatedMlx90614):
        def read(self, command: int) -> bytes:
            raise KeyError(command)

    rig = make_rig(Buggy)

    rig.sampler.start()

    what, error = rig.told()
    assert what == "crash"
    assert isinstance(error, KeyError)
