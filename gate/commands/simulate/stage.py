"""The stage of a story: one lane, a broker of its own, and a listener that acknowledges.

mosquitto on a free loopback port is real, too, and can be killed.
"""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType
from typing import Self

from drivers.simulated.broker import Broker
from drivers.simulated.tally import Tally
from gate.commands.simulate.issuer import Issuer
from gate.commands.simulate.lane import Lane, stays


class Stage(Lane):
    """Sets everything up in `folder` from the configuration at `base`; a context manager.

    The lane is started too, unless `start` is False: then that is the caller's business. `environ`
    is added to its environment.
    """

    def __init__(
        self,
        base: Path,
        folder: Path,
        *,
        start: bool = True,
        environ: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        broker, issuer = Broker(folder), Issuer(folder)
        super().__init__(base, folder, broker=broker, issuer=issuer, environ=environ)
        self._start = start
        self._opened = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            opened.callback(self.world.close)
            opened.enter_context(self.broker)
            self.tally = opened.enter_context(
                Tally(host=self.broker.host, port=self.broker.port, root=self.config.mqtt.root)
            )
            opened.callback(self.stop_daemon)
            if self._start:
                self.start_daemon()
            self._opened = opened.pop_all()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._opened.close()

    def settle(self, timeout_s: float) -> bool:
        """Wait until nothing is on its way any more: all counted, on disk, heard, acknowledged."""
        return stays(lambda: self.has_counted_all() and self.has_told_all(self.tally), timeout_s)

    def settle_after_kills(self, timeout_s: float) -> bool:
        """The same where the lane cannot have seen everybody: what is on disk is heard."""
        return stays(lambda: self.has_told_all(self.tally), timeout_s)
