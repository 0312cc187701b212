"""Our lines in config.txt, which the Raspberry Pi's firmware goes by. Pure.

They stand in one block under `[all]`, so that no filter of the file ([pi4], [none]) holds for them;
what is outside of it is left as it is. A line that already holds for every board is not said again:
a `dtoverlay` that stands twice is loaded twice.
"""

import re

BACKUP = "config.txt.before-gate"

_BEGIN = "# --- aman-gate: written by gate provision, and written again where it is changed ---"
_END = "# --- end of aman-gate ---"
_BLOCK = re.compile(
    rf"^{re.escape(_BEGIN)}\n(?:(?!{re.escape(_BEGIN)}).*\n)*?{re.escape(_END)}(?:\n|\Z)", re.M
)
_FILTER = re.compile(r"\[(.+)\]")

ALWAYS = (
    "dtparam=i2c_arm=on",
    # A Raspberry Pi keeps an output driven after its process died; so it returns to an input.
    "dtparam=strict_gpiod",
)


def wanted(camera: str) -> tuple[str, ...]:
    """The lines that a gate with this camera needs."""
    if camera == "auto":
        return (*ALWAYS, "camera_auto_detect=1")
    return (*ALWAYS, "camera_auto_detect=0", f"dtoverlay={camera}")


def with_lines(text: str, lines: tuple[str, ...]) -> str:
    """The file with these lines in force; the same text where they are already.

    A block stays where it is: `[all]` is what holds behind it, too.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    plain = text.replace("\r\n", "\n")
    found = _BLOCK.search(plain)
    others = _BLOCK.sub("[all]\n", plain)
    missing = [line for line in lines if _last(others, line) != line]
    block = "\n".join([_BEGIN, "[all]", *missing, _END, ""])
    if found:
        text = plain[: found.start()] + block + _BLOCK.sub("", plain[found.end() :])
    elif missing:
        gap = (
            "" if not plain or plain.endswith("\n\n") else "\n" if plain.endswith("\n") else "\n\n"
        )
        text = plain + gap + block
    return text.replace("\r\n", "\n").replace("\n", newline)


def _last(text: str, line: str) -> str | None:
    """The last line for every board that says something about the same thing."""
    about, holds, found = _about(line), True, None
    for row in text.splitlines():
        said = row.partition("#")[0].strip()
        if head := _FILTER.fullmatch(said):
            holds = head[1].strip() == "all"
        elif holds and said and _about(said) == about:
            found = said
    return found


def _about(line: str) -> str:
    """`dtparam=i2c_arm=on` is about `dtparam=i2c_arm`; each overlay is a thing of its own."""
    name, _, value = line.replace(" ", "").partition("=")
    if name == "dtoverlay":
        return line
    return f"{name}={value.partition('=')[0]}" if name == "dtparam" else name
