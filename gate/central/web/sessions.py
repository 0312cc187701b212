"""Who is signed in. In memory alone: a restart signs everybody out and forgets every key."""

import secrets
from dataclasses import dataclass, field
from hashlib import sha256

from gate.issuing import Jwk
from gate.model import Monotonic

IDLE_S = 30 * 60.0
"""An open page keeps its session; without one it ends after this."""
LONGEST_S = 12 * 3600.0
KEY_IDLE_S = 15 * 60.0
"""An operator's key that nobody has used for so long is forgotten, the session goes on."""
MOST = 64
"""Of more sessions at once, the one that was silent longest ends."""


@dataclass(slots=True)
class Session:
    """One sign-in of one person in one browser."""

    name: str
    password_hash: str = field(repr=False)
    """As it was at the sign-in: a session ends with its password."""
    csrf: str = field(repr=False)
    """What every form has to carry: other sites cannot know it."""
    began_at: Monotonic
    seen_at: Monotonic
    streams: int = 0
    """Pages that listen now."""
    _key: Jwk | None = field(default=None, repr=False)
    _key_used_at: float = 0.0

    def key(self, now: Monotonic) -> Jwk | None:
        """The operator's key, where one was handed over and not forgotten since."""
        if now - self._key_used_at >= KEY_IDLE_S:
            self._key = None
        return self._key

    def hold(self, key: Jwk | None, now: Monotonic) -> None:
        """Keep the key, or its use in mind; None: forget it."""
        self._key, self._key_used_at = key, now


class Sessions:
    """All of them, by the digest of their token: memory that leaks is no way in."""

    def __init__(self) -> None:
        self._all: dict[bytes, Session] = {}

    def open(self, name: str, password_hash: str, now: Monotonic) -> tuple[str, Session]:
        """A new session and its token, which only the browser keeps."""
        self._all = {digest: one for digest, one in self._all.items() if _lives(one, now)}
        if len(self._all) >= MOST:
            del self._all[min(self._all, key=lambda digest: self._all[digest].seen_at)]
        token = secrets.token_urlsafe(32)
        session = Session(name, password_hash, secrets.token_urlsafe(32), now, now)
        self._all[_digest(token)] = session
        return token, session

    def find(self, token: str, now: Monotonic) -> Session | None:
        """The session of a token, which has been active now; None: there is none, or no more."""
        session = self._all.get(_digest(token))
        if session is None:
            return None
        if not _lives(session, now):
            self.close(token)
            return None
        session.seen_at = now
        return session

    def close(self, token: str) -> None:
        """Sign out; whoever it was."""
        if session := self._all.pop(_digest(token), None):
            session.hold(None, session.seen_at)


def _lives(session: Session, now: Monotonic) -> bool:
    return now - session.seen_at < IDLE_S and now - session.began_at < LONGEST_S


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogateescape")).digest()
