"""`gate broker`."""

from typer.testing import CliRunner

from gate.cli import app


def test_the_rules_of_a_site_come_as_a_file_of_mosquitto() -> None:
    printed = CliRunner().invoke(app, ["broker", "acl", "jkt/mall/t01-a", "--watcher", "desk"])

    assert printed.exit_code == 0
    assert "user t01-a\ntopic write aman/v1/jkt/mall/g/t01-a/meta\n" in printed.output
    assert printed.output.endswith("user desk\ntopic read aman/v1/#\n")


def test_a_gate_that_is_named_wrongly_is_told_with_the_right_form() -> None:
    refused = CliRunner().invoke(app, ["broker", "acl", "T01"])

    assert refused.exit_code == 2
    assert "DISTRICT/VENUE/GATE" in refused.output
