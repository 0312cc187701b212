"""What an examination says of the last update (`gate doctor`)."""

from gate.doctor.finding import Finding, Level, Trouble, good
from gate.releases.layout import Layout
from gate.releases.state import Result, is_under_way, read_outcome

TESTED = "how the last update ended"

FAILED = Trouble(
    code="UPDATE-FAILED",
    level=Level.WARNING,
    tested=TESTED,
    cause="A release was refused, or it was tried and did not do what the one before did: become"
    " ready, feed its watchdog, see frames, reach the broker. The one before runs.",
    mend="gate update --status",
    more="The reason is in gate-update.log on the boot partition, too. An update that goes well,"
    " also to what is in use already, ends this finding. docs/updates.md says what each reason"
    " means.",
)

STUCK = Trouble(
    code="UPDATE-STUCK",
    level=Level.BROKEN,
    tested=TESTED,
    cause="A release was tried and did not work, and the way back did not work either: the disk"
    " took nothing, the lane could not be stopped, or the database could not be handed back.",
    mend="gate update --status",
    more="Mend what the reason names, then `systemctl start gate-update`: it goes back from there.",
)

TROUBLES = (FAILED, STUCK)


def examined(layout: Layout) -> Finding:
    """How the last update ended, as a finding."""
    outcome = read_outcome(layout)
    if is_under_way(layout):
        return good(TESTED, "one is under way (gate update --status)")
    if outcome is None:
        return good(TESTED, "there was none")
    if outcome.good:
        return good(TESTED, outcome.sentence())
    trouble = STUCK if outcome.result is Result.STUCK else FAILED
    return trouble.found(outcome.sentence())
