"""What no single key can tell: values that do not go together, and files that are not there.

Each rule is a function from the configuration to the problems it finds. So that everything wrong
is told at once, rules also look at a configuration with holes (`gate.config.draft`), where a key
that is wrong by itself is simply not there: a rule that needs one is passed over.
"""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from gate.config import credentials
from gate.config.files import file_fault, folder_fault, read_secret
from gate.config.problems import Problem
from gate.config.text import toml_value
from gate.config.whole import Config
from gate.config.wiring import WIRING, Rule


def broken_rules(config: Config, *, holes: bool, here: bool = True) -> Iterator[Problem]:
    """Every problem between the keys of `config`; with `holes`, as far as it can be seen.

    Without `here` nothing of this machine is looked at: the configuration is for another one.
    """
    for rule in (*BETWEEN_KEYS, *HERE) if here else BETWEEN_KEYS:
        try:
            yield from rule(config)
        except AttributeError:
            if not holes:  # then it is a bug, not a missing key
                raise


# --- camera ---------------------------------------------------------------------------------


def decoder_is_here(config: Config) -> Iterator[Problem]:
    """Whether this machine has what reads codes."""
    kind = config.scanner.decoder
    if kind != "pyzbar" and find_spec("zxingcpp") is None:
        what = f'"{kind}" needs zxing-cpp, which is not installed here'
        way_out = 'Install it (pip install zxing-cpp), or write "pyzbar": all that 32 bits have.'
        yield Problem("scanner.decoder", what, way_out)


# --- screening ------------------------------------------------------------------------------


def _variant(config: Config) -> Iterator[Problem]:
    variant, path = config.thermometer.variant, "thermometer.variant"
    if config.thermometer.source == "none" or config.screening.mode == "off":
        return
    if variant is None:
        what = "is missing, and it cannot be read from the part over the bus"
        yield Problem(path, what, 'Add the last three letters on the part: variant = "DCC".')
    elif config.screening.mode == "hard" and not config.thermometer.traits.exact:
        what = f"a {variant} is exact to 0.5 °C only, which cannot carry a hard decision"
        yield Problem(path, what, 'Build in a DAA, DCC or DCI, or write screening.mode = "soft".')


def _somebody_measures(config: Config) -> Iterator[Problem]:
    mode, path = config.screening.mode, "screening.mode"
    if mode == "off":
        return
    if config.gate.scan == "exit":
        what = f'is "{mode}", but an exit lane measures nobody'
        yield Problem(path, what, 'Write mode = "off" in [screening].')
    elif config.thermometer.source == "none":
        what = f'is "{mode}", but there is no thermometer'
        yield Problem(path, what, 'Write mode = "off" in [screening], or say where it is.')


def _somebody_asks_who_is_near(config: Config) -> Iterator[Problem]:
    nobody_measures = config.screening.mode == "off" or config.thermometer.source == "none"
    if config.turnstile.proximity is not None and nobody_measures:
        what = "nothing reads it in a lane that measures nobody"
        yield Problem("turnstile.proximity", what, "Take it out.")


def _soft_stays_open(config: Config) -> Iterator[Problem]:
    if config.screening.mode == "soft" and config.screening.on_fault == "closed":
        what = "soft screening sends nobody away, so a lost thermometer must not close the entry"
        yield Problem("screening.on_fault", what, 'Write "open_with_log" or "attendant".')


def _guard(config: Config) -> Iterator[Problem]:
    screening, thermometer = config.screening, config.thermometer
    if screening.mode == "off" or thermometer.source == "none" or thermometer.variant is None:
        return
    needed = thermometer.traits.guard_c
    own = screening.guard_c
    if screening.mode == "hard" and own is not None and own < needed:
        what = f"{own} is less than the uncertainty of a {thermometer.variant}, {needed} °C"
        yield Problem("screening.guard_c", what, f"Write {needed} or more, or take it out.")
    elif screening.admit_floor_c >= screening.limit_c - config.guard_c:
        what = f"from {screening.admit_floor_c} up to limit_c - guard_c nobody could be admitted"
        yield Problem("screening.admit_floor_c", what, "Write 34.5, or a higher limit_c.")


# --- times, capacity and broker -------------------------------------------------------------


def _times(config: Config) -> Iterator[Problem]:
    times = config.turnstile
    if times.assisted_open_for_s < times.open_for_s:
        what = f"is shorter than open_for_s, {times.open_for_s} s"
        yield Problem("turnstile.assisted_open_for_s", what, "Write as much, or more.")


def _stuck_comes_last(config: Config) -> Iterator[Problem]:
    if config.passage.stuck_after_s <= config.passage.held_after_s:
        what = f"must be longer than held_after_s, {config.passage.held_after_s} s"
        yield Problem(
            "passage.stuck_after_s", what, "A sensor is broken long after a lane is held."
        )


def _capacity(config: Config) -> Iterator[Problem]:
    capacity, reserve = config.limit.standalone_capacity, config.limit.reserve
    if capacity is not None and reserve >= capacity:
        what = f"keeps all {capacity} places of standalone_capacity, so no visitor could enter"
        yield Problem("limit.reserve", what, "Write a smaller number.")
    if capacity is None and reserve > 0:
        what = "keeps places of standalone_capacity, and there is none: central's quota has its own"
        yield Problem("limit.reserve", what, "Take it out, or add standalone_capacity.")
    if capacity is None and not config.mqtt.enabled and config.gate.scan == "entry":
        what = "is missing, and without a broker no right to enter can come: nobody could enter"
        yield Problem("limit.standalone_capacity", what, "Add how many may be inside.")


def _acknowledged(config: Config) -> Iterator[Problem]:
    if config.store.acknowledged and not config.mqtt.enabled:
        what = "without a broker nobody acknowledges, and the database would grow for ever"
        yield Problem("store.acknowledged", what, "Write false, and choose retain_days.")


def _credentials(config: Config) -> Iterator[Problem]:
    mqtt = config.mqtt
    if mqtt.password_file is not None and mqtt.user is None:
        yield Problem("mqtt.user", "is missing, and password_file needs it", "Add the user.")
    if mqtt.cert_file is not None and mqtt.key_file is None:
        yield Problem("mqtt.key_file", "is missing, and cert_file needs it", "Add the key.")
    if mqtt.key_file is not None and mqtt.cert_file is None:
        yield Problem("mqtt.cert_file", "is missing, and key_file needs it", "Add the certificate.")
    if mqtt.ca_file is None and (mqtt.cert_file is not None or mqtt.key_file is not None):
        what = "is missing, so TLS is off and nothing reads the other certificate"
        yield Problem("mqtt.ca_file", what, "Add the authority's certificate.")


# --- files ----------------------------------------------------------------------------------


def _data_dir(config: Config) -> Iterator[Problem]:
    folder = config.gate.data_dir
    if folder_fault(folder) == "is not a folder":
        yield Problem("gate.data_dir", f"{toml_value(folder)} is not a folder", "Name a folder.")


def _pass_files(config: Config) -> Iterator[Problem]:
    for name in ("keys", "root", "revoked"):
        yield from _missing(f"passes.{name}", getattr(config.passes, name, None))


def _broker_files(config: Config) -> Iterator[Problem]:
    mqtt = config.mqtt
    if not mqtt.enabled:
        return
    for name in ("operators", "ca_file", "cert_file", "key_file", "password_file"):
        yield from _missing(f"mqtt.{name}", getattr(mqtt, name, None))


def _password(config: Config) -> Iterator[Problem]:
    path = config.mqtt.password_file
    if path is None or not config.mqtt.enabled or file_fault(path):
        return
    try:
        read_secret(path)
    except ValueError as error:
        yield Problem(
            "mqtt.password_file",
            f"{toml_value(path)} {error}",
            "Write the password there, one line.",
        )


def _missing(key: str, path: Path | None) -> Iterator[Problem]:
    fault = None if path is None else file_fault(path)
    if path is None or fault is None:
        return
    way_out = "Put the file there, readable for the gate."
    if name := credentials.name_at(path):
        way_out = (
            f"Put it into {credentials.FOLDER / name} as root, and restart the unit, which hands"
            " it on at its start. By hand, only root can read it."
        )
    yield Problem(key, f"{toml_value(path)} {fault}", way_out)


BETWEEN_KEYS: tuple[Rule, ...] = (
    *WIRING,
    _variant,
    _somebody_measures,
    _somebody_asks_who_is_near,
    _soft_stays_open,
    _guard,
    _times,
    _stuck_comes_last,
    _capacity,
    _acknowledged,
    _credentials,
)

HERE: tuple[Rule, ...] = (
    decoder_is_here,
    _data_dir,
    _pass_files,
    _broker_files,
    _password,
)
