"""The command line knows each verb, and imports its module when it is asked for."""

import pytest
from typer.testing import CliRunner

from gate.cli import PANELS, VERBS, app


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_there_and_says_what_it_is_for(verb: str) -> None:
    told = CliRunner().invoke(app, [verb, "--help"])

    assert told.exit_code == 0, told.exception
    assert f"gate {verb}" in told.output


def test_the_overview_shows_each_verb_once_in_its_panel() -> None:
    told = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "100"}, color=False).output
    title, shown = "", list[tuple[str, str]]()
    for line in told.splitlines():
        if line.startswith("╭─ "):
            title = line.strip("╭─╮ ")
        elif title in PANELS and line.startswith("│ ") and not line.startswith("│  "):
            shown.append((title, line.split()[1]))

    assert shown == [(title, verb) for title, verbs in PANELS.items() for verb in verbs]
