"""What becomes of the small file once everything in it is stored. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gate.provision.documents import SECRET, Document
from gate.provision.redacting import redacted
from gate.provision.sections import STORED
from gate.provision.small_file import NAME, SmallFile
from gate.provision.steps import Gone, Put, Step, digest

KEPT = "etc/gate/small.toml"
"""A small file that came by another way than the card, without its secrets: a certificate that is
brought later belongs to it."""


@dataclass(frozen=True, slots=True)
class Card:
    """What lies on the FAT partition."""

    small: bytes
    """The small file as it is."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """What else was read there, by name."""
    here: bool = True
    """Whether the small file lies there; else it came by another way, and leaves nothing there."""


def off_the_card(
    file: SmallFile,
    named: Mapping[str, Document],
    card: Card,
    kept: bytes | None,
    done: list[str],
) -> Iterator[Step]:
    """What is secret leaves the card; by now it is stored. `kept` is what is at `KEPT`."""
    secret = [("secrets", name) for name in SECRET if name in named and not named[name].stored]
    if file.wifi is not None and file.wifi.password not in {None, STORED}:
        secret.append(("wifi", "password"))
    small = redacted(card.small, secret)
    if not card.here:
        if kept != small:
            yield Put(path=KEPT, data=small, mode=0o600)
        return
    if kept is not None:
        yield Gone(path=KEPT)
    if secret:
        yield Put(path=NAME, data=small, card=True, was=digest(card.small))
        done.append(f'Secrets are off this card; their lines read "{STORED}"')
    for name in SECRET:
        if name in named and (beside := named[name].beside):
            yield Gone(path=beside, card=True, was=digest(named[name].data))
            done.append(f"{beside}: stored, and taken off this card")
