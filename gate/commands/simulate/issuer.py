"""Who issues passes in a simulation: an app with a key, and somebody who signs in its name."""

import json
from pathlib import Path

from gate.issuing import issue, new_key, public_jwks
from gate.model import Utc

HOUR_S = 3600


class Issuer:
    """Passes for one venue; the public key is in the file `keys` in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._key = new_key("sim")
        self._forger = new_key("sim")
        self.keys = folder / "keys.json"
        self.keys.write_text(json.dumps(public_jwks(self._key)), encoding="utf-8")

    def a_pass(
        self,
        party: int = 1,
        *,
        venue: str,
        now: Utc,
        hours: float = 4.0,
        staff: bool = False,
        assisted: bool = False,
        forged: bool = False,
    ) -> str:
        """A pass that is valid from now on; with negative hours one that has expired."""
        start = int(now) if hours > 0 else int(now) + int(hours * HOUR_S) - HOUR_S
        return issue(
            key=self._forger if forged else self._key,
            venue=venue,
            issued_at=Utc(start),
            valid_from=Utc(start),
            expires=Utc(int(now) + int(hours * HOUR_S)),
            party=party,
            staff=staff,
            assisted=assisted,
        )
