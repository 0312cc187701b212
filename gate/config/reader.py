"""Reading the configuration file: from its bytes to a `Config`, or to everything wrong with it.

In three steps: TOML (one problem at a time, where the text cannot be understood), then every key
by itself, then the rules between keys. The last two are told together. Where keys are wrong, the
rules look at a draft: a configuration with holes in the place of those keys.
"""

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gate.config.draft import draft
from gate.config.problems import ConfigError, Problem, problems_of
from gate.config.rules import broken_rules
from gate.config.text import toml_value
from gate.config.toml import MAX_BYTES, decoded, tables_of
from gate.config.whole import Config
from gate.places import Places

DEFAULT_FILE = Places().config


def load(path: Path) -> Config:
    """The configuration in the file at `path`. Raises `ConfigError` with every problem."""
    return parse(_read(path), folder=path.parent.absolute())


def load_turnstile(path: Path) -> Config:
    """A configuration in which the relay and its wires are right, whatever is wrong elsewhere.

    Reading what is wrong raises AttributeError; that may be the relay of the wide gate, too.
    Raises `ConfigError` where the relay is not known.
    """
    drafted = draft(Config, _sections(_read(path)), folder=path.parent.absolute())
    try:
        _ = (drafted.turnstile.relay.pin, drafted.turnstile.relay.active)
        _ = (drafted.turnstile.source, drafted.turnstile.chip, drafted.simulation)
    except AttributeError:
        what = "does not say which line the relay is on"
        raise _refused("turnstile", what, "See what else is wrong: gate check.") from None
    return drafted


def load_elsewhere(path: Path) -> Config:
    """The configuration of a gate that need not be this machine: for who draws or measures wires.

    The files that it names may be on the gate, or not made yet. Raises `ConfigError`.
    """
    return parse(_read(path), folder=path.parent.absolute(), here=False)


def parse(data: bytes, *, folder: Path, here: bool = True) -> Config:
    """The configuration in `data`; its paths begin in `folder`. Raises `ConfigError`.

    Without `here` it is for another machine: nothing of this one is looked at.
    """
    tables = _sections(data)
    try:
        config = Config.model_validate(tables, context={"folder": folder})
    except ValidationError as error:
        problems = [*problems_of(error, Config)]
        problems += broken_rules(draft(Config, tables, folder=folder), holes=True, here=here)
        raise ConfigError(tuple(problems)) from None  # the cause would repeat the values
    problems = [*broken_rules(config, holes=False, here=here)]
    if problems:
        raise ConfigError(tuple(problems))
    return config


def read_tables(path: Path) -> dict[str, Any]:
    """The tables of another file than a gate's. Raises `ConfigError` where it is no TOML."""
    return tables_of(decoded(_read(path)))


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        what = f"{toml_value(path)} cannot be read ({error.strerror})"
        raise _refused("the file", what, "Put the configuration there.") from error


def _sections(data: bytes) -> dict[str, Any]:
    """All tables. One that is left out has its defaults, and says which of its keys are missing."""
    left_out: dict[str, Any] = {
        name: {} for name, field in Config.model_fields.items() if field.is_required()
    }
    return left_out | tables_of(decoded(data))


def _refused(path: str, what: str, suggestion: str) -> ConfigError:
    return ConfigError((Problem(path, what, suggestion),))
