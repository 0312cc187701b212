"""docs/troubleshooting.md has a section for each code, and is the one that the code writes."""

import re
from pathlib import Path

from gate.doctor.examination import troubles
from gate.doctor.finding import PAGE
from gate.doctor.page import page
from gate.doctor.probes import PROBES

FILE = Path(__file__).parents[3] / PAGE
WORDS = {
    *("sudo", "gate", "systemctl", "journalctl", "echo", "date", "getent", "nmcli"),
    *("openssl", "grep", "ping", "vcgencmd", "rpicam-hello"),
}


def test_the_page_is_the_one_that_the_code_writes() -> None:
    assert page() == FILE.read_text(encoding="utf-8"), f"python -m gate.doctor.page > {PAGE}"


def test_the_anchor_of_every_finding_leads_to_a_heading() -> None:
    """A heading that is a code has the code in small letters as its anchor."""
    text = FILE.read_text(encoding="utf-8")
    anchors = {row.lower() for row in re.findall(r"^### (\S+)$", text, re.MULTILINE)}

    for _, known in (*troubles(), *PROBES):
        for trouble in known:
            anchor = trouble.found("", **_any_words(trouble.mend)).anchor
            assert anchor.removeprefix(f"{PAGE}#") in anchors


def test_what_mends_is_a_command_or_said_to_be_for_hands() -> None:
    for _, known in (*troubles(), *PROBES):
        for trouble in known:
            command = trouble.mend.split()[0] in WORDS
            assert command != trouble.by_hand, trouble.code


def test_a_code_means_one_thing() -> None:
    codes = [trouble.code for _, known in (*troubles(), *PROBES) for trouble in known]
    assert len({*codes}) == len(codes)


def _any_words(mend: str) -> dict[str, object]:
    return dict.fromkeys(re.findall(r"{(\w+)}", mend), "x")
