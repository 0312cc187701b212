"""Figures of the parts: passes, machine and store."""

import json
import statistics
import tempfile
from base64 import urlsafe_b64decode
from contextlib import closing
from pathlib import Path

import cbor2
from base45 import b45decode
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gate import events as ev
from gate import machine
from gate.events import Record
from gate.issuing import issue, new_key, public_jwks
from gate.keys import parse_keys
from gate.model import Direction, GrantId, Monotonic, Pass, Reason, Utc, VisitId
from gate.opening import open_store
from gate.passes import verify
from gate.state import Gate, Settings
from gate.visits import VisitRules
from tests.bench.tables import microseconds, table

NOW = Utc(1_800_000_000.0)


def verification() -> None:
    """The whole verify beside its bare ingredients: same bytes, same key, taken in turns."""
    key = new_key("bench")
    keys = parse_keys(json.dumps(public_jwks(key)).encode(), source="bench")
    text = issue(
        key=key, venue="mall", issued_at=NOW, valid_from=NOW, expires=Utc(NOW + 3600), party=4
    ).encode()
    public = Ed25519PublicKey.from_public_bytes(urlsafe_b64decode(key["x"] + "="))
    protected, _, payload, _ = cbor2.loads(b45decode(text.removeprefix(b"AB1:"))).value
    # What is signed (RFC 9052 section 4.4); building it is left to the whole verify.
    body = cbor2.dumps(["Signature1", protected, b"", payload])

    def bare() -> None:
        header, _, claims, signature = cbor2.loads(b45decode(text.removeprefix(b"AB1:"))).value
        cbor2.loads(header)
        cbor2.loads(claims)
        public.verify(signature, body)

    def whole() -> None:
        verify(text, keys=keys, venue="mall", now=NOW, skew_s=60)

    # In turns, so that a slower clock of the processor or a busy neighbour meets both alike.
    rounds = [(microseconds(bare, 20), microseconds(whole, 20)) for _ in range(100)]
    plain, all_of_it = (statistics.median(column) for column in zip(*rounds, strict=True))
    table(
        "Verifying a pass",
        ("what", "median us", "ratio"),
        ("base45 + CBOR + Ed25519, bare", f"{plain:.0f}", "1.00"),
        ("verify", f"{all_of_it:.0f}", f"{all_of_it / plain:.2f}"),
    )


def deciding() -> None:
    """One visitor through the pure machine: four events."""
    pass_ = Pass(VisitId("a" * 24), 1, NOW, Utc(NOW + 3600))

    def visitor() -> None:
        gate, now, settings = Gate(room=5), Monotonic(0.0), Settings(screening="off")
        for event in (
            ev.PassAccepted(pass_, 1),
            ev.GrantStored(GrantId(1)),
            ev.Passed(Direction.IN),
            ev.TimePassed(),
        ):
            gate, _ = machine.step(gate, event, now, settings)

    each = microseconds(visitor) / 4
    table("The machine", ("median us a step",), (f"{each:.1f}",))


def storing() -> None:
    """Events on disk a second, each flushed, and in groups."""
    refused: Record = ev.Count(Direction.OUT, Reason.OK)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        store, _ = open_store(
            Path(folder) / "gate.db",
            venue="mall",
            gate="a",
            rules=VisitRules(),
            now=lambda _newest: NOW,
        )
        with closing(store):
            for group in (1, 64):
                batch = [(refused, NOW)] * group
                each = microseconds(lambda batch=batch: store.apply_all(batch), 200)  # type: ignore[misc] # bound now
                rows.append((group, f"{each / 1000:.2f}", f"{group * 1e6 / each:.0f}"))
    table("The store", ("events a commit", "median ms a commit", "events/s"), *rows)
