"""The reference file and the documentation of the configuration, made from its models.

    python -m gate.config.doc toml > config/gate.toml
    python -m gate.config.doc markdown > docs/configuration.md
    python -m gate.config.doc central > config/central.toml

A test fails where a file is not what this module makes of the models.
"""

import sys
from collections.abc import Iterator
from inspect import cleandoc
from textwrap import wrap
from typing import get_origin

from pydantic.fields import FieldInfo

from gate.config.central import CentralConfig
from gate.config.fields import Section, allowed, example_of, is_needed, table_of
from gate.config.lane import InputPin, OutputPin
from gate.config.text import written
from gate.config.variants import TRAITS
from gate.config.whole import Config

_WIDTH = 100

_TOML_HEAD = """\
# The configuration of an Aman gate: every key, its default, unit and range.
#
# A key that may be left out stands here with its default. `#key = value`, without a space, is a
# key that is not set, with an example. Only the keys marked "required" have to be in your file.
# Paths begin in the folder of this file. Passwords never stand here, only the files they are in:
# "credential:NAME" is /etc/gate/credentials/NAME, which only root can read and the unit hands on.
# `gate check --config FILE` says everything that is wrong, `--show` what is in force.
"""

_CENTRAL_HEAD = """\
# The configuration of central (gate central): every key, its default, unit and range.
#
# A key that may be left out stands here with its default. `#key = value`, without a space, is a
# key that is not set, with an example. Only a [[venue]] with its required keys has to be there.
# Paths begin in the folder of this file. Passwords never stand here, only the files they are in:
# "credential:NAME" is /etc/gate/credentials/NAME, which only root can read and the unit hands on.
# `gate central --config FILE --check` says everything that is wrong.
"""

_MARKDOWN_HEAD = """\
# Configuration

<!-- Made by `python -m gate.config.doc markdown`; a test keeps it equal to gate/config/. -->

One TOML file, `/etc/gate/gate.toml`, holds everything that can be set. `config/gate.toml` names
every key with its default; a file of your own needs only the required keys and those that differ.

`gate check --config FILE` reports everything that is wrong at once, each problem with its key and
a way out, and ends with status 78; with `--show` it prints what is in force. A key that the gate
does not know is a mistake, and so is one that nothing would read. Paths begin in the folder of the
file. Passwords stand in files of their own: `credential:mqtt.password` in the place of a path is
the file of that name in `/etc/gate/credentials`, which only root can read. The unit hands on what
is there at its start, so a changed one is read after `systemctl restart gate`, not by a reload. The
file is UTF-8, with or without a byte order mark, with either kind of line end.
"""


def reference(whole: type[Section] = Config, head: str = _TOML_HEAD) -> str:
    """The text of config/gate.toml, or of another file whose sections `whole` has."""
    blocks = [head]
    for name, field in whole.model_fields.items():
        section = table_of(field)
        assert section is not None, f"[{name}] is a section"  # noqa: S101 - a bug in the models
        off = "" if field.is_required() else "#"
        title = f"[[{name}]]" if get_origin(field.annotation) is tuple else f"[{name}]"
        lines = [*_comment(cleandoc(section.__doc__ or "")), *_tables(section), f"{off}{title}"]
        for key, value in section.model_fields.items():
            lines += ["", *_about(value), _line(key, value, off)]
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


def central_reference() -> str:
    """The text of config/central.toml."""
    return reference(CentralConfig, _CENTRAL_HEAD)


def document() -> str:
    """The text of docs/configuration.md."""
    blocks = [_MARKDOWN_HEAD]
    for name, field in Config.model_fields.items():
        section = table_of(field)
        assert section is not None, f"[{name}] is a section"  # noqa: S101 - a bug in the models
        blocks.append(_chapter(f"[{name}]", section))
    blocks.append(_chapter("Pins that the gate drives", OutputPin))
    blocks.append(_chapter("Pins that the gate reads", InputPin))
    blocks.append(_variants())
    return "\n".join(blocks)


def main(arguments: list[str]) -> int:
    """Print one of the two texts; the exit status."""
    texts = {"toml": reference, "markdown": document, "central": central_reference}
    if len(arguments) != 1 or arguments[0] not in texts:
        sys.stderr.write("usage: python -m gate.config.doc toml|markdown|central\n")
        return 2
    sys.stdout.write(texts[arguments[0]]())
    return 0


def _line(key: str, field: FieldInfo, off: str) -> str:
    if field.is_required() or is_needed(field):
        return f"{off}{key} = {written(example_of(field), field)}"
    if field.default is None:
        return f"#{key} = {written(example_of(field), field)}"
    return f"{off}{key} = {written(field.default, field)}"


def _about(field: FieldInfo) -> Iterator[str]:
    """Meaning, and what the key may be."""
    yield from _comment(field.description or "")
    table = table_of(field)
    may_be = allowed(field) if table is None else _braces(table)
    yield from _comment(f"{'Required; takes' if field.is_required() else 'Takes'}: {may_be}")


def _tables(section: type[Section]) -> Iterator[str]:
    """What stands in the braces of this section's keys, each kind of table once."""
    tables = dict.fromkeys(table_of(field) for field in section.model_fields.values())
    for table in filter(None, tables):
        yield "#"
        yield f"# {_braces(table)}: {cleandoc(table.__doc__ or '')}"
        for key, field in table.model_fields.items():
            yield from _comment(f"- {key}, {allowed(field)}: {field.description}")


def _braces(table: type[Section]) -> str:
    return f"{{ {', '.join(table.model_fields)} }}"


def _comment(text: str) -> Iterator[str]:
    for line in wrap(text, _WIDTH - 2, break_long_words=False, break_on_hyphens=False):
        yield f"# {line}"


def _chapter(title: str, section: type[Section]) -> str:
    rows = [
        f"## {title}",
        "",
        cleandoc(section.__doc__ or ""),
        "",
        "| key | default | may be | meaning |",
        "|---|---|---|---|",
        *(_row(name, field) for name, field in section.model_fields.items()),
    ]
    return "\n".join(rows) + "\n"


def _row(name: str, field: FieldInfo) -> str:
    if field.is_required():
        default = "required"
    elif field.default is None:
        default = "not set"
    else:
        default = f"`{written(field.default, field)}`"
    table = table_of(field)
    link = {
        OutputPin: "[driven](#pins-that-the-gate-drives)",
        InputPin: "[read](#pins-that-the-gate-reads)",
    }
    may_be = f"a pin that is {link[table]}" if table in link else allowed(field)
    cells = [f"`{name}`", default, may_be.replace(" | ", " or "), field.description or ""]
    return f"| {' | '.join(cells)} |"


def _variants() -> str:
    """The thermometers, from the table that the gate goes by."""
    rows = [
        "## Thermometer variants",
        "",
        "Settling time and noise of a sample, the largest error at 36 to 38 °C, and the guard",
        "band of [screening] where guard_c is not set: the uncertainty (k = 2), rounded up.",
        "",
        "| variant | settling | noise | error | guard band | hard screening |",
        "|---|---|---|---|---|---|",
        *(
            f"| {name} | {t.settling_s:.2f} s | {t.sigma_c:.2f} °C | {t.error_c} °C"
            f" | {t.guard_c} °C | {'yes' if t.exact else 'refused'} |"
            for name, t in TRAITS.items()
        ),
    ]
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
