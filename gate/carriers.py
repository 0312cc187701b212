"""The carriers of a lane, each made from the configuration: camera, thermometer, broker.

A part of the assembly (`gate.app`): here gate and drivers meet.
"""

import logging
import platform
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from random import SystemRandom
from secrets import token_hex

from drivers.frame import CameraError
from drivers.mlx90614 import (
    Mlx90614,
    ThermometerError,
)
from drivers.mqtt import Mqtt
from drivers.mqtt_endpoint import Endpoint, Tls, Will
from drivers.qr import Decoder
from gate import events as ev
from gate.clock import Timekeeper
from gate.config import Config, read_secret
from gate.control import CodeSeen, Crashed, Ending, Inbox, Noted, StopAsked
from gate.discovery import DiscoveryTalk, discovery
from gate.echo import Renewal
from gate.eyes.scanner import Scanner
from gate.failures import FAILURES
from gate.hardware import Hardware
from gate.life import Vital
from gate.listener import Listener, readings
from gate.lists import Files, ListKeeper, Lists, read_others
from gate.model import Monotonic, Part, Ticket, Verdict
from gate.neighbours import Neighbours
from gate.obeying import Outcome
from gate.opening import Loaded
from gate.orders import Order
from gate.payloads import Lane, Meta, Status
from gate.publisher import Publisher
from gate.remote import Remote
from gate.settings import budgets, made_from, screening_settings
from gate.status import StatusServer
from gate.talk import Talk
from gate.temperature.commissioning import Commissioned, CommissioningError, read_record
from gate.temperature.health import Health
from gate.temperature.identity import Record
from gate.temperature.sampler import Sampler
from gate.temperature.upkeep import Upkeep
from gate.topics import topics
from gate.writer import Writer

log = logging.getLogger(__name__)


def crashed(inbox: Inbox, error: BaseException) -> None:
    """A carrier met a bug: the control loop has to know."""
    inbox.put(Crashed(error))


def publisher_of(
    config: Config,
    loaded: Loaded,
    writer: Writer,
    inbox: Inbox,
    timekeeper: Timekeeper,
    renewal: Renewal,
    obey: Callable[[Order, Callable[[Outcome], None]], None],
) -> Publisher:
    """What speaks to the broker; `obey` carries commands out.

    Raises MqttError or KeysError where its files cannot be used.
    """
    site, broker = config.gate, config.mqtt
    own = topics(root=broker.root, district=site.district, venue=site.venue, gate=site.id)
    will = Status(gate=site.id, state="lost", boot=loaded.boot)
    sensors = "two_beams" if config.turnstile.sensor_b else "one"
    endpoint = Endpoint(
        host=broker.host,
        port=broker.port,
        client_id=site.id,
        will=Will(own.status, will.encode(), delay_s=broker.will_delay_s),
        version="5" if broker.protocol == 5 else "3.1.1",
        keepalive_s=broker.keepalive_s,
        user=broker.user,
        password=read_secret(broker.password_file) if broker.password_file else None,
        tls=Tls(broker.ca_file, broker.cert_file, broker.key_file) if broker.ca_file else None,
    )
    listener = Listener(
        readings(own, epoch=loaded.epoch, venue=site.venue, root=read_others(config.passes.root)),
        on_news=inbox.put,
    )
    remote = Remote(
        command_topic=own.cmd,
        answer_topic=own.res,
        gate=site.id,
        keys=read_others(broker.operators),
        clock=timekeeper.monotonic,
        obey=obey,
        on_record=lambda record: inbox.put(Noted(record)),
        nudge=lambda: publisher.nudge(),  # noqa: PLW0108 - it is made below
    )
    neighbours = Neighbours(
        gate=site.id,
        topics=own,
        since=loaded.heard,
        asks=config.store.acknowledged,
        on_news=inbox.put,
        new_id=lambda: token_hex(8),
        chance=SystemRandom().random,
    )
    software = f"aman-gate {version('aman-gate')}"
    talks: list[Talk] = [listener, remote, neighbours]
    if broker.home_assistant:
        shown = discovery(own, gate=site.id, venue=site.venue, software=software)
        talks.append(DiscoveryTalk(own.discovery, shown))
    publisher = Publisher(
        link=Mqtt(endpoint),
        store_path=config.gate.data_dir / "gate.db",
        topics=own,
        meta=Meta(
            gate=site.id,
            venue=site.venue,
            district=site.district,
            epoch=loaded.epoch,
            software=software,
            hardware=platform.platform()[:128],
            lane=Lane(scan=site.scan, sensors=sensors),
            ts=timekeeper.now(),
        ),
        boot=loaded.boot,
        stored=loaded.seq,
        mode=loaded.mode or site.mode,
        acknowledged_by_central=config.store.acknowledged,
        clock=timekeeper.monotonic,
        utc=timekeeper.now,
        clock_state=lambda: timekeeper.state,
        acknowledge=writer.acknowledge,
        note_sent=writer.note_sent,
        note_told=writer.note_told,
        listen_first=not loaded.is_new,
        on_behind=partial(_begin_anew, writer, inbox, renewal),
        on_lost=lambda why: inbox.put(ev.PartLost(Part.BROKER, why)),
        on_back=lambda: inbox.put(ev.PartBack(Part.BROKER)),
        on_crash=partial(crashed, inbox),
        talks=talks,
    )
    return publisher


def _begin_anew(writer: Writer, inbox: Inbox, renewal: Renewal, why: str) -> bool:
    """The database is behind: a new epoch, unless this process has begun one before."""
    if renewal.spent:
        log.error("a second new epoch is refused (is somebody forging?): %s", why)
        return False
    log.error("the database is older than what was published, and a new epoch begins: %s", why)
    writer.mark_behind(then=lambda: inbox.put(StopAsked(Ending.AGAIN)))
    return True


def measures(config: Config) -> bool:
    """Whether anybody is measured in this lane."""
    return config.thermometer.source != "none" and config.screening.mode != "off"


def upkeep_of(config: Config, loaded: Loaded, writer: Writer, inbox: Inbox) -> Upkeep:
    """What a technician has to look after."""
    record = _commissioned(_record(config))
    return Upkeep(
        kept=loaded.upkeep,
        key=made_from(config, record),
        record=record,
        on_alarm=lambda alarm: inbox.put(Noted(alarm)),
        keep=writer.remember,
    )


def _record(config: Config) -> Record:
    """Of the thermometer's commissioning. A file that is no good costs the measuring, no more."""
    try:
        return read_record(config.gate.data_dir)
    except CommissioningError as error:
        return error


def _commissioned(record: Record) -> Commissioned | None:
    return record if isinstance(record, Commissioned) else None


def sampler_of(
    config: Config,
    wires: Hardware,
    inbox: Inbox,
    timekeeper: Timekeeper,
    upkeep: Upkeep,
    before: Health | None,
) -> Sampler:
    """What owns the thermometer; `before` is how it was before a reload."""
    record = _record(config)

    def measured(ticket: Ticket, verdict: Verdict, celsius: float | None) -> None:
        inbox.put(ev.Measured(ticket, verdict, celsius))
        upkeep.measured(verdict, celsius, timekeeper.now())

    return Sampler(
        open_thermometer=lambda: Mlx90614(wires.open_bus(), config.thermometer.address),
        broken=ThermometerError,
        failures=FAILURES,
        record=record,
        variant=config.thermometer.variant or "",
        settings=screening_settings(config, _commissioned(record)),
        sample_every_s=config.thermometer.traits.settling_s,
        warm_up_s=config.thermometer.warm_up_s,
        before=before,
        clock=timekeeper.monotonic,
        on_measured=measured,
        on_lost=lambda why: inbox.put(ev.PartLost(Part.THERMOMETER, why)),
        on_back=lambda: inbox.put(ev.PartBack(Part.THERMOMETER)),
        on_crash=partial(crashed, inbox),
    )


def scanner_of(
    config: Config,
    wires: Hardware,
    decoder: Decoder,
    inbox: Inbox,
    timekeeper: Timekeeper,
    set_up: Callable[[bytes], bool],
) -> Scanner:
    """What owns the camera; `set_up` takes what is not for the lane."""
    return Scanner(
        open_camera=wires.open_camera,
        decoder=decoder,
        same_phone_s=config.scanner.same_phone_s,
        again_after_s=config.scanner.again_after_s,
        look_every_s=1.0 / config.camera.fps,
        read_every=config.scanner.read_every,
        frame_timeout_s=config.camera.stall_after_s,
        blind_after_s=config.camera.blind_after_s,
        moves=config.camera.moves,
        clock=timekeeper.monotonic,
        on_code=lambda raw, _at: None if set_up(raw) else inbox.put(CodeSeen(raw)),
        on_lost=lambda why: inbox.put(ev.PartLost(Part.CAMERA, why)),
        on_back=lambda: inbox.put(ev.PartBack(Part.CAMERA)),
        on_crash=partial(crashed, inbox),
        broken=CameraError,
    )


def files_of(config: Config) -> Files:
    """Where the keys and revocations are."""
    return Files(config.passes.keys, config.passes.revoked)


def keeper_of(
    config: Config,
    lists: Lists,
    loaded: Loaded,
    writer: Writer,
    inbox: Inbox,
    timekeeper: Timekeeper,
) -> ListKeeper:
    """What sees keys and revocations change; `lists` are in force at the start."""

    def adopt(lists: Lists) -> None:
        """Other lists take over: on disk, so that no older ones ever do, and at the desk."""
        writer.note_versions(lists.versions)
        inbox.put(lists)

    return ListKeeper(
        files_of(config),
        lists,
        loaded.versions,
        clock=timekeeper.monotonic,
        on_new=adopt,
        on_crash=partial(crashed, inbox),
    )


def vitals_of(
    config: Config,
    scanner: Scanner,
    sampler: Sampler | None,
    writer: Writer,
    publisher: Publisher | None,
    keeper: ListKeeper,
    status: StatusServer,
) -> list[Vital]:
    """Whoever has a thread has to show that it goes round."""
    alive_at: dict[str, Callable[[], Monotonic]] = {
        "scanner": lambda: scanner.alive_at,
        "writer": lambda: writer.alive_at,
        "lists": lambda: keeper.alive_at,
        "status": lambda: status.alive_at,
    }
    if sampler is not None:
        alive_at["thermometer"] = lambda: sampler.alive_at
    if publisher is not None:
        alive_at["publisher"] = lambda: publisher.alive_at
        alive_at["mqtt"] = lambda: publisher.link_alive_at
    longest = budgets(config)
    return [Vital(name, at, longest[name]) for name, at in alive_at.items()]
