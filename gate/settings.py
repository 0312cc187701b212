"""From the configuration to what each part needs: values by name, never the whole file."""

from gate import life
from gate.allowance import Allowance, Share
from gate.config import Config
from gate.config.lane import RelayPin
from gate.kept import QUOTA
from gate.opening import Loaded
from gate.passage import PassageSettings
from gate.quota import kept_quota
from gate.relay import RelaySettings
from gate.state import Settings
from gate.temperature.commissioning import Commissioned
from gate.temperature.criteria import ScreeningSettings
from gate.visits import VisitRules
from gate.writer import Retention

DAY_S = 86_400.0


def machine_settings(config: Config) -> Settings:
    """What the machine needs."""
    return Settings(
        scan=config.gate.direction,
        screening=config.screening.mode,
        on_thermometer_fault=config.screening.on_fault,
        on_clock_fault=config.passes.on_clock_fault,
        person_within_s=config.screening.person_within_s,
        staff_within_s=config.screening.staff_within_s,
        open_for_s=config.turnstile.open_for_s,
        assisted_open_for_s=config.turnstile.assisted_open_for_s,
        grace_s=config.turnstile.grace_s,
        tailgate_s=config.passage.tailgate_s,
        key_mode=config.gate.key_mode,
        notice_s=config.gate.notice_s,
        allow_part=config.visit.allow_part,
        record_values=config.screening.record_values,
    )


def allowance(config: Config, loaded: Loaded) -> Allowance:
    """What the right is reckoned from, as it was left."""
    capacity = config.limit.standalone_capacity
    if capacity is not None:
        return Allowance(share=Share(capacity, config.limit.reserve))
    quota = kept_quota(loaded.words.get(QUOTA), loaded.epoch)
    return Allowance(quota=quota, void=loaded.quota_void, must_have_seen=loaded.must_have_seen)


def relay_settings(relay: RelayPin) -> RelaySettings:
    """What the coil of a relay needs."""
    return RelaySettings(type=relay.type, pulse_s=relay.pulse_s)


def passage_settings(config: Config) -> PassageSettings:
    """What the lane's sensors need."""
    return PassageSettings(
        debounce_s=config.passage.debounce_s,
        held_after_s=config.passage.held_after_s,
        stuck_after_s=config.passage.stuck_after_s,
        one_way=config.one_sensor_direction,
    )


def screening_settings(config: Config, record: Commissioned | None = None) -> ScreeningSettings:
    """What the thermometer's readings are judged by. Only where there is one.

    `record` says by how much the part is wrong; without it, or in it, it may be the factory's word.
    """
    traits = config.thermometer.traits
    return ScreeningSettings(
        limit_c=config.screening.limit_c,
        guard_c=config.guard_c,
        admit_floor_c=config.screening.admit_floor_c,
        gain=record.gain if record else 1.0,
        offset_c=record.offset_c if record else 0.0,
        site_offset_c=config.screening.site_offset_c,
        site_k=config.screening.site_k,
        settling_s=traits.settling_s,
        sigma_c=traits.sigma_c,
        window=traits.window,
    )


def made_from(config: Config, record: Commissioned | None) -> str:
    """What the numbers of people are made from; while it is the same they can be compared."""
    part = f"{record.on} {record.gain:g} {record.offset_c:g}" if record else "factory"
    site = config.screening
    return f"{config.thermometer.variant} {part} site {site.site_offset_c:g} {site.site_k:g}"


def visit_rules(config: Config) -> VisitRules:
    """What a visit may do."""
    return VisitRules(
        reentry=config.visit.reentry,
        reentry_within_s=config.visit.reentry_within_s,
        already_inside=config.visit.already_inside,
        unclosed_after_s=config.visit.unclosed_after_s,
        rest_s=config.visit.rest_s,
    )


def retention(config: Config) -> Retention:
    """How long rows stay on disk."""
    return Retention(
        keep_visits_s=config.visit.keep_s,
        retain_s=config.store.retain_days * DAY_S,
        by_age=not config.store.acknowledged,
    )


def budgets(config: Config) -> dict[str, float]:
    """How long each carrier may take for one round, by the name of its thread (`gate.life`)."""
    measuring = config.thermometer
    return {
        "scanner": life.OPENING_S + config.camera.stall_after_s,
        "thermometer": life.BUS_S + (measuring.traits.settling_s if measuring.variant else 0.0),
        "writer": life.DISK_S,
        "publisher": life.DISK_S,
        "mqtt": life.NETWORK_S,
        "lists": life.DISK_S,
        "status": life.MOMENT_S,
    }
