"""The configuration: one TOML file, checked whole before anything starts.

`load` gives a `Config` in which every key has its value, or raises `ConfigError` with everything
that is wrong. The models (`whole`, `lane`, `site`) are the only place where keys, defaults,
ranges and meanings stand; errors, reference file and documentation are made from them.
"""

from gate.config.files import read_secret
from gate.config.problems import ConfigError, Problem
from gate.config.reader import DEFAULT_FILE, load, load_elsewhere, load_turnstile, parse
from gate.config.text import shown
from gate.config.whole import Config

__all__ = [
    "DEFAULT_FILE",
    "Config",
    "ConfigError",
    "Problem",
    "load",
    "load_elsewhere",
    "load_turnstile",
    "parse",
    "read_secret",
    "shown",
]
