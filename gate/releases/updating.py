"""An update or a roll-back, from the bundle to the outcome: steps that may end after any of them.

1. Whatever is under way is in one small file (`gate.releases.state`) before it is done, and each
   phase may be done again from its beginning: a power cut costs time and nothing else.
2. Until the trial nothing is changed that the lane goes by. All that can be known of a release
   before it runs is asked before: signature, configuration, doctor, the way back of the database.
3. A trial that was cut off is begun once more; cut off again, it has failed. So a release that
   takes the machine down with it ends in the one that was there before.
4. What carries this out is the proven release, never the one on trial.
5. Back is the same way: the database is handed back, then the link changes, then the daemon starts.
6. How it ended is on disk before it is forgotten that it was under way.

`ready` is called once, as soon as the lane may start: at a boot the daemon waits for it.
"""

from collections.abc import Callable
from pathlib import Path

from gate.releases.install import ReleaseError
from gate.releases.layout import Layout, version_of
from gate.releases.phases import Device, Phases
from gate.releases.state import (
    Kind,
    Outcome,
    Phase,
    State,
    forget_state,
    is_under_way,
    read_state,
    write_state,
)
from gate.releases.trial import Expected

MOST_TRIES = 2
"""Trials that are begun before a release has failed."""


def carry_on(device: Device, ready: Callable[[], None]) -> Outcome | None:
    """Take up what is under way and bring it to its end; None where nothing is.

    Raises OSError where the disk takes nothing any more; then it is under way still. Who calls
    this holds `gate.releases.install.exclusive`.
    """
    state = read_state(device.layout) or _astray(device)
    if state is None:
        if is_under_way(device.layout):  # what cannot be read would keep every update back
            forget_state(device.layout, device.disk)
        return None
    state = _begun_again(state)
    write_state(device.layout, state, device.disk)
    phases = Phases(device, ready)
    while True:
        device.tell(in_words(state))
        following = phases.step(state)
        if isinstance(following, Outcome):
            phases.end(state, following)
            return following
        write_state(device.layout, following, device.disk)
        state = following


def rollback_of(layout: Layout, since: float) -> State:
    """A roll-back to what was in use before; to be written by who asks for it. Raises
    ReleaseError where there is nothing to go back to."""
    now = layout.in_use()
    before = layout.previous(now) if now else None
    if before is None:
        raise ReleaseError(
            "There is no release to go back to. gate update --allow-downgrade installs an older"
            " one from its bundle."
        )
    return State(
        Kind.ROLLBACK, Phase.CHECKING, since, now, after=before, version=version_of(before)
    )


def _astray(device: Device) -> State | None:
    """Nothing is said to be under way, and yet what is in use has not shown that it works: the
    file was lost. Then back."""
    now, proven = device.layout.in_use(), device.layout.trusted()
    if proven is None or now == proven:
        return None
    why = "a trial was cut off, and nothing is left that says how far it had come"
    expected = Expected(ran=True)
    return State(
        *(Kind.UPDATE, Phase.RETURNING, device.utc(), proven, now or ""),
        version=version_of(now) if now else "",
        expected=expected,
        why=why,
    )


def _begun_again(state: State) -> State:
    """The same, counted. Too often is a failure of its own."""
    tries = state.tries + 1
    if state.phase is Phase.TRYING and tries > MOST_TRIES:
        why = f"the power was cut, or the machine went down, in {MOST_TRIES} trials of it"
        return state.at(Phase.RETURNING, why=why, tries=0)
    return state.at(state.phase, tries=tries)


def in_words(state: State) -> str:
    """What is being done, for who watches."""
    what = state.version or Path(state.bundle).name
    match state.phase:
        case Phase.ASKED:
            return f"reads and checks {what}"
        case Phase.MAKING:
            return f"makes release {what}"
        case Phase.CHECKING:
            return f"asks {state.after} what it says of this device"
        case Phase.TRYING:
            return f"starts {state.after} and watches it (try {state.tries})"
        case Phase.RETURNING:
            return f"goes back to {state.before}: {state.why}"
        case Phase.KEEPING:
            return f"keeps {state.after}"
