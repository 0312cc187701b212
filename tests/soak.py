"""Long random runs: `make soak SOAK=seconds`. Ends at the first failure, with its seed."""

import argparse
import json
import random
import sys
import time
from collections.abc import Callable

from gate import events as ev
from gate import machine
from gate.issuing import issue, new_key, public_jwks
from gate.keys import parse_keys
from gate.model import Mode, Monotonic, Part, Refusal, Utc
from gate.passes import verify
from gate.state import Gate, Settings, Storing
from tests.gate.walk import CHECK_OUT, MISHAPS, VISITORS, answers, faults, modes, rooms

ALPHABET = (*VISITORS, *MISHAPS, *CHECK_OUT, *modes(*Mode), *faults(*Part), *rooms(0, 1, 5, None))
STEPS = 400
NOW = Utc(1_800_000_000.0)


def story(seed: int) -> None:
    """One random life of a lane, with the promises checked at every step."""
    draw = random.Random(seed)  # noqa: S311 - a story, not a secret
    gate, now, open_grants = Gate(room=5), Monotonic(0.0), set[int]()
    for _ in range(STEPS):
        now = Monotonic(now + draw.choice((0.0, 0.1, 1.0, 7.0, 30.0)))
        pending = tuple(answers(gate))
        event = draw.choice(pending) if draw.random() < 0.4 else draw.choice(ALPHABET)
        gate, commands = machine.step(gate, event, now, Settings(reserve=1))
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


def damaged_pass(seed: int) -> None:
    """One good pass with some bytes changed, and some bytes that are no pass at all."""
    draw = random.Random(seed)  # noqa: S311 - damage, not a secret
    key = new_key("soak")
    keys = parse_keys(public_jwks_bytes(key), source="soak")
    text = issue(
        key=key, venue="mall", issued_at=NOW, valid_from=NOW, expires=Utc(NOW + 3600), party=3
    ).encode()
    for _ in range(200):
        damaged = bytearray(text)
        for _ in range(draw.randint(1, 4)):
            damaged[draw.randrange(len(damaged))] = draw.randrange(256)
        if bytes(damaged) != text:
            answer = verify(bytes(damaged), keys=keys, venue="mall", now=NOW, skew_s=60)
            assert isinstance(answer, Refusal), "a damaged pass was accepted"
        junk = b"AB1:" + draw.randbytes(draw.randrange(900))
        assert isinstance(verify(junk, keys=keys, venue="mall", now=NOW, skew_s=60), Refusal)


def public_jwks_bytes(key: dict[str, str]) -> bytes:
    """The key set as its file would be."""
    return json.dumps(public_jwks(key)).encode()


RUNS: dict[str, Callable[[int], None]] = {"stories": story, "damaged passes": damaged_pass}


def main() -> int:
    """Share the time between the runs; 1 at the first failure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    passed = 0
    for name, run in RUNS.items():
        end, seed = time.monotonic() + options.seconds / len(RUNS), options.seed
        while time.monotonic() < end:
            try:
                run(seed)
            except Exception as error:
                sys.stdout.write(f"{name} failed with --seed {seed}: {error!r}\n")
                return 1
            seed += 1
            passed += 1
        sys.stdout.write(f"{name}: seeds {options.seed} to {seed - 1}\n")
    sys.stdout.write(f"{passed} passed, 0 failed\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
