"""The parts list: where gate and drivers meet (`gate.hardware` chooses the wires).

Parts are opened in order and closed in reverse; carriers start when everything is there, the
camera last. Whatever ends the control loop, the turnstile is closed, and so the relay inactive.
"""

import logging
import platform
import signal
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from importlib.metadata import version

from drivers.frame import CameraError
from drivers.lines import TurnstileError
from drivers.mlx90614 import Mlx90614, ThermometerError
from drivers.mqtt import Mqtt
from drivers.mqtt_endpoint import Endpoint, Tls, Will
from drivers.qr import read
from drivers.turnstile import Inputs, Turnstile
from gate import events as ev
from gate.clock import SYNCHRONISED, ClockState, clock_state, monotonic, utc
from gate.config import Config, read_secret
from gate.control import (
    CodeSeen,
    Control,
    Crashed,
    Ending,
    Fact,
    Inbox,
    InputsRead,
    StopAsked,
    WiresBroken,
)
from gate.desk import Desk
from gate.hardware import Hardware, Outputs, hardware, turnstile_pins
from gate.keys import load_keys
from gate.model import Monotonic, Part
from gate.opening import Loaded, open_store
from gate.payloads import Lane, Meta, Status, topics
from gate.publisher import Publisher
from gate.report import Report
from gate.revocations import load_revocations
from gate.sampler import Sampler
from gate.scanner import Scanner
from gate.settings import (
    machine_settings,
    passage_settings,
    relay_settings,
    retention,
    screening_settings,
    visit_rules,
)
from gate.showing import Showing
from gate.state import Gate
from gate.status import Answer, StatusServer
from gate.store import Store
from gate.writer import Writer

log = logging.getLogger(__name__)


def run(config: Config) -> Ending:
    """Open all parts, serve until SIGTERM or SIGINT, and close them; what is to come then.

    Raises what a carrier met, if it met a bug; StoreError, DiskError, KeysError,
    RevocationsError, TurnstileError, MqttError or OSError where a part that the gate cannot be
    without is not to be had.
    """
    inbox: Inbox = Inbox()
    crash = partial(_crashed, inbox)
    with ExitStack() as parts:
        wires = hardware(config, parts, crash)
        turnstile = parts.enter_context(
            Turnstile(
                turnstile_pins(config),
                open_factory=wires.open_factory,
                on_inputs=lambda inputs: inbox.put(_read(inputs)),
                on_broken=lambda why: inbox.put(WiresBroken(why)),
                on_crash=crash,
                clock=monotonic,
            )
        )
        desk, store, loaded = _records(config)
        parts.callback(store.close)
        state = partial(_clock_state, desk)
        writer = Writer(
            store=store,
            retention=retention(config),
            clock=monotonic,
            purge_at=lambda: None if state() == "unsure" else utc(),
            on_stored=lambda grant: inbox.put(ev.GrantStored(grant)),
            on_written=lambda seq: publisher.wake(seq) if publisher else None,
            on_lost=lambda why: inbox.put(ev.PartLost(Part.STORE, why)),
            on_back=lambda: inbox.put(ev.PartBack(Part.STORE)),
            on_crash=crash,
        )
        publisher = (
            _publisher(config, loaded, writer, inbox, state) if config.mqtt.enabled else None
        )
        sampler = _sampler(config, wires, inbox) if _measures(config) else None
        scanner = _scanner(config, wires, inbox)
        settings = machine_settings(config)
        control = Control(
            inbox=inbox,
            gate=Gate(
                ordered=loaded.mode or config.gate.mode,
                uncertain=loaded.totals.uncertain,
                next_grant=loaded.next_grant,
            ),
            settings=settings,
            passage=passage_settings(config),
            totals=loaded.totals,
            capacity=config.limit.standalone_capacity,
            desk=desk,
            showing=Showing(
                Outputs(turnstile),
                broken=TurnstileError,
                settings=settings,
                relay=relay_settings(config),
            ),
            thermometer=sampler,
            recorder=writer,
            look_again=scanner.look_again,
            on_condition=lambda mode, faults: (
                publisher.show(mode=mode, faults=faults) if publisher else None
            ),
            beat=lambda: _levels(turnstile),
            drain_s=config.gate.drain_s,
            monotonic=monotonic,
            utc=utc,
        )
        report = Report(
            gate=config.gate.id,
            venue=config.gate.venue,
            epoch=loaded.epoch,
            control=control,
            scanner=scanner,
            sampler=sampler,
            publisher=publisher,
            clock_state=state,
        )
        status = StatusServer(
            path=config.status_socket,
            questions={"status": report.now, "recount": partial(_recount, inbox)},
            on_crash=crash,
        )
        parts.enter_context(status)
        for carrier in (publisher, writer, sampler, scanner):
            if carrier is not None:
                parts.callback(carrier.stop)
                carrier.start()
        status.start()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: inbox.put(StopAsked()))
        for fact in _levels(turnstile):
            control.handle(fact)
        log.info("gate %s is ready: epoch %s, start %d", config.gate.id, loaded.epoch, loaded.boot)
        ending = control.run()
        log.info("gate %s is stopping", config.gate.id)
        return ending


def _records(config: Config) -> tuple[Desk, Store, Loaded]:
    """Keys, revocations and the database: what is known of visits."""
    keys, revoked = load_keys(config.passes.keys), load_revocations(config.passes.revoked)
    config.gate.data_dir.mkdir(parents=True, exist_ok=True)
    rules = visit_rules(config)
    store, loaded = open_store(
        config.gate.data_dir / "gate.db",
        venue=config.gate.venue,
        gate=config.gate.id,
        rules=rules,
        now=utc(),
    )
    if loaded.set_aside is not None:
        log.error("the database was damaged: it is kept as %s, a new one begins", loaded.set_aside)
    if loaded.interrupted:
        log.warning("%d grants had no end when the power went", loaded.interrupted)
    desk = Desk(
        venue=config.gate.venue,
        scan=config.gate.direction,
        keys=keys,
        skew_s=config.passes.skew_s,
        rules=rules,
        revoked=revoked,
        visits=dict(loaded.visits),
        newest=loaded.newest,
    )
    return desk, store, loaded


def _publisher(
    config: Config, loaded: Loaded, writer: Writer, inbox: Inbox, state: Callable[[], ClockState]
) -> Publisher:
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
    return Publisher(
        link=Mqtt(endpoint),
        store_path=config.gate.data_dir / "gate.db",
        topics=own,
        meta=Meta(
            gate=site.id,
            venue=site.venue,
            district=site.district,
            epoch=loaded.epoch,
            software=f"aman-gate {version('aman-gate')}",
            hardware=platform.platform()[:128],
            lane=Lane(scan=site.scan, sensors=sensors),
            ts=utc(),
        ),
        boot=loaded.boot,
        stored=loaded.seq,
        mode=loaded.mode or site.mode,
        acknowledged_by_central=config.store.acknowledged,
        clock=monotonic,
        utc=utc,
        clock_state=state,
        acknowledge=writer.acknowledge,
        note_sent=writer.note_sent,
        on_lost=lambda why: inbox.put(ev.PartLost(Part.BROKER, why)),
        on_back=lambda: inbox.put(ev.PartBack(Part.BROKER)),
        on_crash=partial(_crashed, inbox),
    )


def _measures(config: Config) -> bool:
    return config.thermometer.source != "none" and config.screening.mode != "off"


def _sampler(config: Config, wires: Hardware, inbox: Inbox) -> Sampler:
    return Sampler(
        open_thermometer=lambda: Mlx90614(wires.open_bus(), config.thermometer.address),
        broken=ThermometerError,
        settings=screening_settings(config),
        sample_every_s=config.thermometer.traits.settling_s,
        clock=monotonic,
        on_measured=lambda *answer: inbox.put(ev.Measured(*answer)),
        on_lost=lambda why: inbox.put(ev.PartLost(Part.THERMOMETER, why)),
        on_back=lambda: inbox.put(ev.PartBack(Part.THERMOMETER)),
        on_crash=partial(_crashed, inbox),
    )


def _scanner(config: Config, wires: Hardware, inbox: Inbox) -> Scanner:
    return Scanner(
        open_camera=wires.open_camera,
        read=read,
        same_phone_s=config.scanner.same_phone_s,
        again_after_s=config.scanner.again_after_s,
        look_every_s=1.0 / config.camera.fps,
        frame_timeout_s=config.camera.stall_after_s,
        clock=monotonic,
        on_code=lambda raw, _at: inbox.put(CodeSeen(raw)),
        on_lost=lambda why: inbox.put(ev.PartLost(Part.CAMERA, why)),
        on_back=lambda: inbox.put(ev.PartBack(Part.CAMERA)),
        on_crash=partial(_crashed, inbox),
        broken=CameraError,
    )


def _read(inputs: Inputs) -> InputsRead:
    return InputsRead(
        sensor_a=inputs.sensor_a,
        sensor_b=inputs.sensor_b,
        release=inputs.release,
        attendant=inputs.attendant,
        key=inputs.key,
        at=Monotonic(inputs.at),
    )


def _levels(turnstile: Turnstile) -> tuple[Fact, ...]:
    """The inputs as they are, whether or not somebody told of an edge."""
    try:
        return (_read(turnstile.read()),)
    except TurnstileError as fault:
        return (WiresBroken(str(fault)),)


def _clock_state(desk: Desk) -> ClockState:
    return clock_state(utc(), desk.newest, synchronised=SYNCHRONISED.exists())


def _recount(inbox: Inbox) -> Answer:
    inbox.put(ev.Recounted())
    return {"ok": True}


def _crashed(inbox: Inbox, error: BaseException) -> None:
    inbox.put(Crashed(error))
