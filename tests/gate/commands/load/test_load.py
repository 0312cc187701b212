"""`gate load` with its own broker and central, small; and what it says where it cannot begin."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from gate.cli import app
from gate.commands.load.process import FilesError, allow_files
from gate.commands.load.run import Wanted, run_on_own
from gate.commands.load.site import Site, sites
from gate.config.central import load_central

SMALL = Site(gates=10, venues=2, capacity=500, root="aman")


def test_what_gates_count_is_what_central_has_also_after_it_was_killed(tmp_path: Path) -> None:
    wanted = Wanted(a_minute=120, warm_up_s=0, seconds=2, down_s=0.5, seed=1)

    found = run_on_own(SMALL, wanted, tmp_path, lambda _what: None)

    assert not found.wrong
    assert found.events > 1
    assert found.backlog
    assert found.restart_s
    assert found.lost == 0


def test_each_step_has_as_many_gates_a_venue() -> None:
    found = sites([100, 250, 1000], venues=100, capacity=500, root="aman")

    assert [(it.gates, it.venues) for it in found] == [(100, 10), (250, 25), (1000, 100)]
    assert {len(places) for places in found[-1].places} == {10}


def test_central_takes_the_configuration_that_is_printed(tmp_path: Path) -> None:
    said = CliRunner().invoke(
        app, ["load", "--gates", "30", "--venues", "4", "--port", "1999", "--print-config"]
    )

    (tmp_path / "central.toml").write_text(said.stdout, encoding="utf-8")
    config = load_central(tmp_path / "central.toml")
    assert config.mqtt.port == 1999
    assert sum(len(venue.gates) for venue in config.venue) == 30


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--host", "192.0.2.1"], "is not this machine"),
        (["--gates", "5", "--venues", "9"], "need 9 gates"),
        (["--gates", "900", "--venues", "1"], "200 gates at most"),
        (["--steps", "a,b"], "invalid literal"),
    ],
)
def test_what_would_do_harm_or_makes_no_sense_is_refused(arguments: list[str], says: str) -> None:
    ended = CliRunner().invoke(app, ["load", *arguments])

    assert ended.exit_code == 2
    assert says in " ".join(ended.output.split())


def test_more_connections_than_files_may_be_open_is_said_with_the_way_out() -> None:
    with pytest.raises(FilesError, match="prlimit"):
        allow_files(2**31)
