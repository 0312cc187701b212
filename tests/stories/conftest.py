"""The stage for lanes of several kinds."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType

import pytest

from gate.commands.simulate.stage import Stage
from tests.stories.lanes import SIMULATED, Staged


@pytest.fixture
def staged(tmp_path: Path) -> Iterator[Staged]:
    """A stage whose configuration has these texts replaced; `broken` parts are so at the start."""
    with ExitStack() as opened:

        def stage(
            *changes: tuple[str, str],
            broken: Mapping[str, str] | None = None,
            broker_away: bool = False,
            environ: Mapping[str, str] = MappingProxyType({}),
        ) -> Stage:
            text = SIMULATED.read_text(encoding="utf-8")
            for old, new in changes:
                assert old in text
                text = text.replace(old, new)
            base = tmp_path / "base.toml"
            base.write_text(text, encoding="utf-8")
            made = Stage(base, tmp_path, start=False, environ=environ)
            for part, fault in (broken or {}).items():
                made.world.break_part(part, fault)
            opened.enter_context(made)
            if broker_away:
                made.broker.kill()
            made.start_daemon()
            return made

        yield stage
