"""docs/troubleshooting.md, written from the troubles themselves: `python -m gate.doctor.page`."""

from collections.abc import Iterator
from textwrap import wrap

from gate.doctor.examination import troubles
from gate.doctor.finding import Level, Trouble
from gate.doctor.probes import PROBES

WIDTH = 110

HEAD = """# Troubleshooting

`sudo gate doctor` says what is wrong with a device and the one command that mends it; this page
has a section for each of its codes. `sudo gate doctor --inside` examines as the daemon does: as its
user, in the sandbox of its unit. Root on a shell may do more than the daemon, and so does not see
what that may not do. A lane that runs is asked and not disturbed; stop it (`sudo systemctl stop
gate`) to have its devices looked at.

*Broken*: the lane, or a part of it, does not work (exit code 2). *Warning*: it works, and sooner or
later it will not, or not as it should (exit code 1). What stands in braces is filled in by the
finding.

`gate doctor --json` prints one JSON object; keys may be added to it, none changes its meaning, and
codes are stable:

    {"schema": "aman.doctor/1", "level": "broken", "findings": [
      {"code": "I2C-OFF", "level": "broken", "tested": "the I2C bus",
       "found": "there is no /dev/i2c-1", "mend": "echo dtparam=... && sudo reboot",
       "anchor": "docs/troubleshooting.md#i2c-off"}, ...]}

`level` is `good`, `warning` or `broken`; the outer one is the worst. What is good is told, too,
with an empty `code`, `mend` and `anchor`.

`gate probe` tries one part at a time and finds in the same form; its codes begin with PROBE-.

This page is written from the texts of doctor and probes: `make docs`.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *_contents(), *_sections()])


def _contents() -> Iterator[str]:
    yield "| | |"
    yield "|---|---|"
    for area, known in (*troubles(), *PROBES):
        links = ", ".join(f"[{it.code}](#{it.code.lower()})" for it in known)
        yield f"| {area} | {links} |"
    yield ""


def _sections() -> Iterator[str]:
    for area, known in (*troubles(), *PROBES):
        yield f"## {area[0].upper()}{area[1:]}\n"
        for trouble in known:
            yield from _section(trouble)


def _section(it: Trouble) -> Iterator[str]:
    level = "Broken" if it.level is Level.BROKEN else "Warning"
    yield f"### {it.code}\n"
    yield _filled(f"*{level}.* Looked at: {it.tested}.") + "\n"
    yield _filled(it.cause) + "\n"
    yield (_filled(it.mend) if it.by_hand else f"    {it.mend}") + "\n"
    if it.more:
        yield _filled(it.more) + "\n"


def _filled(text: str) -> str:
    return "\n".join(wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False))


if __name__ == "__main__":
    print(page(), end="")
