"""What the tests of the page share."""

from pathlib import Path

import pytest

from tests.gate.central.web.rig import Rig
from tests.gate.central.web.scripted import ScriptedCentral, a_view, write_users


@pytest.fixture
def central() -> ScriptedCentral:
    return ScriptedCentral(a_view())


@pytest.fixture
def rig(central: ScriptedCentral, tmp_path: Path) -> Rig:
    return Rig(central, write_users(tmp_path / "users.json"))
