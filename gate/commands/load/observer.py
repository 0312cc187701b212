"""Listens to what central says of the venues, as whoever shows the number would."""

from dataclasses import dataclass
from secrets import token_hex

from drivers.mqtt_carrier import Consumer
from drivers.mqtt_endpoint import Endpoint
from drivers.simulated.links import Links
from gate.commands.load.site import DISTRICT
from gate.payloads import CentralState, Malformed, Occ, decode


@dataclass(slots=True)
class Heard:
    """What was heard so far."""

    occ: dict[str, Occ]
    """The newest number of each venue."""
    central: bool = False
    """Central is online."""


class Observer:
    """A client of its own that says nothing."""

    def __init__(self, links: Links, *, host: str, port: int, root: str) -> None:
        self.heard = Heard({})
        self._state = f"{root}/v1/central/state"
        self.link = links.add(
            Endpoint(host, port, f"load-{token_hex(4)}", session_expiry_s=0),
            Consumer(
                subscriptions=(f"{root}/v1/{DISTRICT}/+/occ", self._state),
                on_connected=lambda: None,
                on_disconnected=lambda _why: None,
                on_message=self._hear,
                on_published=lambda *_: None,
                on_denied=lambda _why: None,
                on_crash=lambda _bug: None,
            ),
        )

    def _hear(self, topic: str, payload: bytes, _retained: bool) -> None:
        if topic == self._state:
            state = decode(CentralState, payload)
            self.heard.central = not isinstance(state, Malformed) and state.state == "online"
            return
        occ = decode(Occ, payload)
        if not isinstance(occ, Malformed):
            self.heard.occ[topic.split("/")[-2]] = occ
