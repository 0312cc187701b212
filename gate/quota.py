"""Central's quota as it comes over the broker, and as it was kept on disk. Pure."""

from gate.allowance import Quota
from gate.kept import Kept
from gate.payloads import Malformed, decode
from gate.payloads import Quota as Payload


def read_quota(payload: bytes, epoch: str) -> Quota | str:
    """The quota for this epoch in `payload`, or why it is none."""
    said = decode(Payload, payload)
    if isinstance(said, Malformed):
        return said.reason
    if said.epoch != epoch:
        return f"for epoch {said.epoch}, and ours is {epoch}"
    return Quota(said.version, said.ceiling, said.seen, said.reserve, said.until)


def kept_quota(word: Kept | None, epoch: str) -> Quota | None:
    """The quota that was in force before this start; None where there is none of this epoch."""
    quota = None if word is None else read_quota(word.payload, epoch)
    return quota if isinstance(quota, Quota) else None
