"""The hash chain over the events: each link stands for its event and all before it. Pure.

    link 0  SHA-256 of the text "aman.chain/1 " and the epoch: events of another life do not fit
    link n  SHA-256 of link n-1 (32 bytes) and event n, as CBOR

Event n is the CBOR array of its eight fields as the `evt` payload has them, in the order
`seq, t, k, d, v, n, r, x`, encoded deterministically (RFC 8949, section 4.2.1): `seq`, `t` (in unix
milliseconds) and `n` are integers, the others texts, and a field that is absent is null. So who has
all `evt` of an epoch can work out every link with SHA-256, CBOR and nothing of ours. `head` in
`ctr` is the link of the event whose number stands there as `seq`, in hex.
"""

from hashlib import sha256

import cbor2

Fields = tuple[int, int, str, str | None, str | None, int | None, str | None, str | None]
"""An event: seq, unix ms, kind, direction, visit, n, reason, detail."""


def origin(epoch: str) -> bytes:
    """What stands before the first event of an epoch."""
    return sha256(f"aman.chain/1 {epoch}".encode()).digest()


def link(previous: bytes, event: Fields) -> bytes:
    """The link of `event`, which comes after the event with the link `previous`."""
    # Whole numbers, texts, null and an array of them: cbor2 has one way to write these, the
    # shortest, and that is the deterministic one. `canonical` sorts maps, and takes as long again.
    return sha256(previous + cbor2.dumps(event)).digest()
