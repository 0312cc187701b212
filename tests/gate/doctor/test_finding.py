import json
from pathlib import Path

from gate.doctor.finding import Level, Trouble, as_json, good, in_one_line, worst

FULL = Trouble(
    "DISK-FULL",
    Level.WARNING,
    tested="room on the disk",
    cause="Somebody keeps pictures.",
    mend="sudo rm {file}",
)


def test_a_trouble_that_is_found_has_a_command_with_its_words_quoted_for_the_shell() -> None:
    found = FULL.found("3 MB are left", file=Path("/var/lib/a b"))

    assert found.mend == "sudo rm '/var/lib/a b'"
    assert found.anchor == "docs/troubleshooting.md#disk-full"
    assert (found.level, found.code, found.found) == (Level.WARNING, "DISK-FULL", "3 MB are left")


def test_what_is_good_has_neither_code_nor_mending() -> None:
    fine = good("the clock", "kept by timesyncd")

    assert (fine.code, fine.mend, fine.anchor) == ("", "", "")


def test_the_worst_finding_is_the_exit_code() -> None:
    assert int(worst([])) == 0
    assert int(worst([good("a", "b"), FULL.found("c", file="d")])) == 1


def test_the_json_form_is_one_line_with_all_of_it() -> None:
    said = as_json([good("a", "b"), FULL.found("two\nlines", file="x")])

    assert "\n" not in said
    assert json.loads(said) == {
        "schema": "aman.doctor/1",
        "level": "warning",
        "findings": [
            {"code": "", "level": "good", "tested": "a", "found": "b", "mend": "", "anchor": ""},
            {
                "code": "DISK-FULL",
                "level": "warning",
                "tested": "room on the disk",
                "found": "two\nlines",
                "mend": "sudo rm x",
                "anchor": "docs/troubleshooting.md#disk-full",
            },
        ],
    }


def test_what_was_found_is_one_line_that_no_terminal_obeys() -> None:
    assert in_one_line("first\n\n  second \x1b[2J\udcff") == "first; second ?[2J?"
