"""The parts list: where gate and drivers meet (`gate.hardware` chooses the wires).

Parts are opened in order and closed in reverse; carriers start when everything is there, the
camera last. Whatever ends the control loop, the turnstile is closed, and so the relay inactive.
"""

import logging
import os
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path

from drivers.lines import TurnstileError
from drivers.qr import open_decoder
from drivers.systemd import Notify
from drivers.turnstile import Inputs, Turnstile
from gate import RELEASED
from gate import events as ev
from gate.carriers import (
    crashed,
    files_of,
    keeper_of,
    measures,
    publisher_of,
    sampler_of,
    scanner_of,
    upkeep_of,
    vitals_of,
)
from gate.clock import Timekeeper
from gate.config import Config
from gate.control import (
    Control,
    Ending,
    Inbox,
    StopAsked,
    WiresBroken,
)
from gate.desk import Desk
from gate.errands import Errands
from gate.hardware import Outputs, hardware, turnstile_pins
from gate.inputs import InputsRead
from gate.kept import CFG, KEYS
from gate.ledger import Ledger
from gate.life import Pulse
from gate.lifetime import Lifetime
from gate.lists import Lists, read_lists, read_others
from gate.model import Monotonic, Part, Utc
from gate.opening import Loaded, open_store
from gate.operator import obey_signals, questions, stop_was_asked
from gate.reloading import Reloading
from gate.report import Report, in_a_line
from gate.schema import DiskError
from gate.settings import (
    allowance,
    machine_settings,
    passage_settings,
    relay_settings,
    retention,
    visit_rules,
)
from gate.setup.handing import Handing, folder_in
from gate.showing import Showing
from gate.state import Gate
from gate.status import StatusServer
from gate.store import Store
from gate.temperature.upkeep import Upkeep
from gate.venue import kept_keys, kept_policy
from gate.writer import Writer

log = logging.getLogger(__name__)

FLUSH_S = 3.0
"""How long a disk may take until all that waits is on it, for a reload to go on."""


def run(config: Config, file: Path, systemd: Notify, lifetime: Lifetime) -> Config | None:
    """Open all parts, serve until SIGTERM or SIGINT, and close them.

    Tells `systemd` when it is ready, that it is alive, and that it stops or reloads. Returns the
    configuration to go on with (`file` was reloaded, or a new epoch begins), None where this was
    the end. `lifetime` is the same for the whole process.

    Raises what a carrier met, if it met a bug; StoreError, DiskError, KeysError,
    RevocationsError, TurnstileError, MqttError, DecoderAbsent or OSError where a part that the
    gate cannot be without is not to be had.
    """
    inbox: Inbox = Inbox()
    reloading = Reloading(file, config, on_good=lambda: inbox.put(StopAsked(Ending.AGAIN)))
    obey_signals(inbox, reloading)
    crash = partial(crashed, inbox)
    with ExitStack() as parts:
        wires = hardware(config, parts, crash)
        timekeeper = Timekeeper(wires.clock, released=Utc(RELEASED.timestamp()))
        turnstile = parts.enter_context(
            Turnstile(
                turnstile_pins(config),
                open_factory=wires.open_factory,
                on_inputs=lambda inputs: inbox.put(_read(inputs)),
                on_broken=lambda why: inbox.put(WiresBroken(why)),
                on_crash=crash,
                clock=timekeeper.monotonic,
            )
        )
        store, loaded = _open_records(config, timekeeper)
        lifetime.renewal.spent |= loaded.anew is not None
        parts.callback(store.close)
        lists = read_lists(files_of(config), loaded.versions)
        desk = _desk(config, loaded, lists)
        writer = Writer(
            store=store,
            retention=retention(config),
            clock=timekeeper.monotonic,
            purge_at=lambda: None if timekeeper.state == "unsure" else timekeeper.now(),
            on_stored=lambda grant: inbox.put(ev.GrantStored(grant)),
            on_written=lambda seq: publisher.wake(seq) if publisher else None,
            on_lost=lambda why: inbox.put(ev.PartLost(Part.STORE, why)),
            on_back=lambda: inbox.put(ev.PartBack(Part.STORE)),
            on_crash=crash,
        )
        reloading.disk_takes = partial(writer.flush, FLUSH_S)
        keeper = keeper_of(config, lists, loaded, writer, inbox, timekeeper)
        reloading.highest = lambda: keeper.highest
        publisher = (
            publisher_of(
                config,
                loaded,
                writer,
                inbox,
                timekeeper,
                lifetime.renewal,
                obey=lambda *order: errands.obey(*order),  # noqa: PLW0108 - it is made below
            )
            if config.mqtt.enabled
            else None
        )
        upkeep = upkeep_of(config, loaded, writer, inbox) if measures(config) else None
        sampler = (
            sampler_of(config, wires, inbox, timekeeper, upkeep, lifetime.thermometer)
            if upkeep
            else None
        )
        decoder = parts.enter_context(closing(open_decoder(config.scanner.decoder)))
        handing = Handing(
            folder=folder_in(os.environ), keyed=lambda: control.gate.keyed is not None
        )
        scanner = scanner_of(config, wires, decoder, inbox, timekeeper, handing.offer)
        settings = machine_settings(config)

        def beat() -> None:
            _look(turnstile, timekeeper, upkeep, inbox)
            pulse.beat()

        def ends(ending: Ending) -> None:
            log.info("gate %s is stopping", config.gate.id)
            if ending is Ending.STOP:
                systemd.stopping()
            else:
                systemd.reloading(timekeeper.monotonic())

        ledger = Ledger(
            totals=loaded.totals,
            allowance=allowance(config, loaded),
            desk=desk,
            recorder=writer,
            timed=lambda: timekeeper.founded,
        )
        control = Control(
            inbox=inbox,
            gate=Gate(
                ordered=loaded.mode or config.gate.mode,
                uncertain=loaded.totals.uncertain,
                next_grant=loaded.next_grant,
            ),
            settings=settings,
            passage=passage_settings(config),
            ledger=ledger,
            showing=Showing(
                Outputs(turnstile),
                broken=TurnstileError,
                settings=settings,
                relay=relay_settings(config.turnstile.relay),
                wide=relay_settings(wide) if (wide := config.turnstile.wide_relay) else None,
            ),
            thermometer=sampler,
            look_again=scanner.look_again,
            on_condition=lambda mode, faults: (
                publisher.show(mode=mode, faults=faults) if publisher else None
            ),
            beat=beat,
            on_end=ends,
            drain_s=config.gate.drain_s,
            monotonic=timekeeper.monotonic,
            utc=timekeeper.now,
        )
        report = Report(
            gate=config.gate.id,
            venue=config.gate.venue,
            epoch=loaded.epoch,
            control=control,
            desk=desk,
            scanner=scanner,
            sampler=sampler,
            upkeep=upkeep.report if upkeep else None,
            publisher=publisher,
            clock_state=lambda: timekeeper.state,
            config_state=reloading.state,
            lists_state=lambda: keeper.state,
        )
        errands = Errands(
            inbox=inbox,
            reload=reloading.ask,
            troubles=report.troubles,
            disk_takes=reloading.disk_takes,
            on_crash=crash,
        )
        status = StatusServer(
            path=config.status_socket,
            questions=questions(inbox, report, reloading, timekeeper, turnstile.lines),
            on_crash=crash,
            clock=timekeeper.monotonic,
        )
        parts.enter_context(status)
        pulse = Pulse(
            vitals=vitals_of(config, scanner, sampler, writer, publisher, keeper, status),
            watcher=systemd,
            line=lambda overdue: in_a_line(
                control.gate,
                settings,
                control.totals,
                publisher.backlog if publisher else None,
                overdue,
            ),
            clock=timekeeper.monotonic,
        )
        _look(turnstile, timekeeper, upkeep, inbox)
        for carrier in (publisher, writer, sampler, keeper, scanner):
            if carrier is not None:
                parts.callback(carrier.stop)
                carrier.start()
        status.start()
        log.info("gate %s is ready: epoch %s, start %d", config.gate.id, loaded.epoch, loaded.boot)
        systemd.ready()
        ending = control.run()
        lifetime.thermometer = sampler.remembered if sampler else lifetime.thermometer
    return None if stop_was_asked(inbox, ending) else reloading.accepted or config


def _look(
    turnstile: Turnstile, timekeeper: Timekeeper, upkeep: Upkeep | None, inbox: Inbox
) -> None:
    """At what nobody tells: the levels of the wires, the wall clock, and what it ends."""
    turnstile.look()
    for event in timekeeper.look():
        inbox.put(event)
    if upkeep and timekeeper.state != "unsure":
        upkeep.look(timekeeper.now())


def _open_records(config: Config, timekeeper: Timekeeper) -> tuple[Store, Loaded]:
    """The database: what is known of visits."""
    try:
        config.gate.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DiskError(f"{config.gate.data_dir} cannot be made: {error.strerror}") from error
    store, loaded = open_store(
        config.gate.data_dir / "gate.db",
        venue=config.gate.venue,
        gate=config.gate.id,
        rules=visit_rules(config),
        now=timekeeper.begin,
    )
    if loaded.set_aside is not None:
        log.error("the database was damaged: it is kept as %s, a new one begins", loaded.set_aside)
    if loaded.anew is not None:
        log.error(
            "epoch %s has ended, %s begins: %s", loaded.anew.before, loaded.epoch, loaded.anew
        )
    if loaded.interrupted:
        log.warning("%d grants had no end when the power went", loaded.interrupted)
    return store, loaded


def _desk(config: Config, loaded: Loaded, lists: Lists) -> Desk:
    words, root = loaded.words, read_others(config.passes.root)
    return Desk(
        venue=config.gate.venue,
        gate=config.gate.id,
        scan=config.gate.direction,
        keys=lists.keys,
        skew_s=config.passes.skew_s,
        rules=visit_rules(config),
        revoked=lists.revoked,
        visits=dict(loaded.visits),
        untimed=config.passes.on_clock_fault == "open_with_log",
        policy=kept_policy(words.get(CFG)),
        central_keys=kept_keys(words.get(KEYS), root=root, venue=config.gate.venue),
    )


def _read(inputs: Inputs) -> InputsRead:
    return InputsRead(
        sensor_a=inputs.sensor_a,
        sensor_b=inputs.sensor_b,
        release=inputs.release,
        attendant=inputs.attendant,
        key=inputs.key,
        at=Monotonic(inputs.at),
        proximity=inputs.proximity,
    )
