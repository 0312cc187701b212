"""The command line knows each verb, and imports its module when it is asked for."""

import pytest
from typer.testing import CliRunner

from gate.cli import VERBS, app


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_there_and_says_what_it_is_for(verb: str) -> None:
    told = CliRunner().invoke(app, [verb, "--help"])

    assert told.exit_code == 0, told.exception
    assert f"gate {verb}" in told.output
