"""What became of the small file, in words: for the log beside it, and for the console. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime

from gate.config import Problem
from gate.model import Utc
from gate.places import Places
from gate.provision.small_file import NAME

LOG = Places().provision_log.name


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one run."""

    configured: bool
    """The device knows which gate it is."""
    file: bool = True
    """There is a small file."""
    changed: bool = True
    """Something was looked at that was not looked at before."""
    problems: tuple[Problem, ...] = ()
    """Everything wrong with the file. Then nothing was changed."""
    done: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    """What the running system could not be told: it holds after a restart."""
    reboot: bool = False
    """What was changed counts after a restart of the machine."""

    @property
    def way_out(self) -> str:
        """The next thing that somebody has to do; "" where that is nothing."""
        if self.problems:
            return f"Mend {NAME} on the boot partition, as {LOG} beside it says, and restart."
        if not self.file and not self.configured:
            return (
                f"Copy {NAME} to the boot partition (bootfs) and restart, or hold a set-up code in"
                " front of the camera (docs/provisioning.md)."
            )
        return ""


def lines(outcome: Outcome) -> list[str]:
    """What to tell, one fact a line."""
    told: list[str] = []
    if outcome.problems:
        count = len(outcome.problems)
        told.append(f"{NAME} is NOT taken over: {count} mistake{'s' * (count > 1)}.")
        kept = "what was configured before holds on" if outcome.configured else "NOT CONFIGURED"
        told.append(f"Nothing was changed: {kept}.")
        told += [f"- {problem}" for problem in outcome.problems]
    elif not outcome.file and not outcome.configured:
        told.append(f"NOT CONFIGURED: there is no {NAME}.")
    elif not outcome.file:
        told.append(f"There is no {NAME}: the device keeps what it has.")
    elif outcome.changed:
        told.append(f"{NAME} is taken over.")
    else:
        told.append(f"{NAME} has not changed.")
    told += [f"- {what}." for what in outcome.done]
    told += [f"- Only after a restart: {what}." for what in outcome.failed]
    if outcome.reboot:
        told.append("A restart of the device is needed: then config.txt holds.")
    return told + [outcome.way_out] * bool(outcome.way_out)


def log_of(outcome: Outcome, now: Utc) -> bytes:
    """The log, for an editor on Windows. It holds no secret: mistakes do not repeat any."""
    moment = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    head = f"{moment} by the device's clock, which may be wrong before it has met a network"
    return "\r\n".join([head, "", *lines(outcome), ""]).encode()


def same(log: bytes, other: bytes) -> bool:
    """Whether two logs say the same, at whatever time."""
    return log.partition(b"\n")[2] == other.partition(b"\n")[2]
