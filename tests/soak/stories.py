"""Random lives of the machine, longer than the walks of the suite are wide."""

import random

from gate import events as ev
from gate import machine
from gate.model import Mode, Monotonic, Part
from gate.state import Gate, Settings, Storing
from tests.gate.walk import CHECK_OUT, MISHAPS, VISITORS, answers, faults, modes, rooms

KEY = (ev.KeyTurned(active=True), ev.KeyTurned(active=False))
ALPHABET = (
    *VISITORS,
    *MISHAPS,
    *CHECK_OUT,
    *KEY,
    *modes(*Mode),
    *faults(*Part),
    *rooms(0, 1, 5, None),
)
STEPS = 400


def story(seed: int) -> None:
    """One random life of a lane, with the promises checked at every step."""
    draw = random.Random(seed)  # noqa: S311 - a story, not a secret
    gate, now, open_grants = Gate(room=5, reserve=1), Monotonic(0.0), set[int]()
    for _ in range(STEPS):
        now = Monotonic(now + draw.choice((0.0, 0.1, 1.0, 7.0, 30.0)))
        pending = tuple(answers(gate))
        event = draw.choice(pending) if draw.random() < 0.4 else draw.choice(ALPHABET)
        gate, commands = machine.step(gate, event, now, Settings())
        for command in commands:
            if isinstance(command, ev.RecordGrant):
                assert command.grant not in open_grants, "a grant was given twice"
                assert gate.right >= 0, "a grant beyond the right"
                open_grants.add(command.grant)
            elif isinstance(command, ev.EndGrant | ev.Count) and command.grant is not None:
                assert command.grant in open_grants, "a grant ended twice"
                open_grants.remove(command.grant)
        alive = {grant.id for grant in gate.grants}
        if isinstance(gate.dialog, Storing):
            alive.add(gate.dialog.grant)
        assert alive == open_grants, "a grant was forgotten"
        counted = [command for command in commands if isinstance(command, ev.Count)]
        assert len(counted) == isinstance(event, ev.Passed), "counts are not passages"
        free = machine.entry_free(gate)
        may = gate.release or gate.mode is Mode.FREE or any(not grant.shut for grant in gate.grants)
        assert free == may, "the entry is free without a reason, or shut against a release"
