"""Faults of configuration, keys and certificates."""

import time
from datetime import timedelta

from gate.issuing import new_key, public_jwks
from gate.model import Utc
from tests.authority import Authority
from tests.gate.doctor.faults.registry import DAY_S, plant
from tests.gate.doctor.world import NOW, World, as_text


@plant("CONFIG-MISSING")
def nobody_has_configured_it(world: World) -> None:
    world.gate = ""


@plant("CONFIG-WRONG")
def a_word_is_misspelt(world: World) -> None:
    world.gate = world.gate.replace("venue", "venu")


@plant("CONFIG-UNAPPLIED")
def the_small_file_says_another_venue(world: World) -> None:
    world.small(venue="mall-t02")


@plant("CONFIG-UNAPPLIED")
def the_small_file_has_a_mistake(world: World) -> None:
    world.small().write_text("[gate]\nid = t01-a\n", encoding="utf-8")


@plant("FLASH-LEFTOVERS")
def imager_has_left_a_script(world: World) -> None:
    world.put("boot/firmware/firstrun.sh", "#!/bin/sh\n")


@plant("FLASH-LEFTOVERS")
def cloud_init_was_asked_and_never_ran(world: World) -> None:
    world.put("boot/firmware/user-data", "#cloud-config\nhostname: gate\n")


@plant("KEYS-WRONG")
def the_keys_are_cut_off(world: World) -> None:
    world.put("etc/gate/keys.json", '{"keys": [')


@plant("KEYS-EXPIRED")
def the_last_key_has_ended(world: World) -> None:
    _keys_until(world, NOW - DAY_S)


@plant("KEYS-ENDING")
def the_last_key_ends_soon(world: World) -> None:
    _keys_until(world, NOW + DAY_S)


def _keys_until(world: World, ends: float) -> None:
    (key,) = public_jwks(new_key("k1"))["keys"]
    world.put("etc/gate/keys.json", as_text({"keys": [{**key, "exp": int(ends)}]}))


@plant("CERT-EXPIRED")
def the_certificate_was_good_last_year(world: World) -> None:
    _certified(world, days=90)
    world.now = Utc(world.now + 365 * DAY_S)


@plant("CERT-ENDING")
def the_certificate_ends_in_some_days(world: World) -> None:
    _certified(world, days=9)


@plant("CERT-WRONG")
def the_private_key_is_of_another_certificate(world: World) -> None:
    _certified(world, days=90)
    other = Authority(world.root).issue("other")[1]
    (world.root / "etc/gate/t01-a.key").write_bytes(other.read_bytes())


@plant("CERT-WRONG")
def the_certificate_is_none(world: World) -> None:
    _certified(world, days=90)
    world.put("etc/gate/t01-a.crt", "-----BEGIN CERTIFICATE-----")


@plant("CERT-WAITING")
def the_site_has_not_signed_yet(world: World) -> None:
    Authority(world.root / "etc/gate", good=timedelta(days=90))
    world.gate += 'ca_file = "ca.crt"\n'
    world.put("boot/firmware/gate.csr", "")


def _certified(world: World, *, days: int) -> None:
    """Certificates that are good for so long, now."""
    Authority(world.root / "etc/gate", good=timedelta(days=days)).issue("t01-a")
    (world.root / "etc/gate/t01-a.key").chmod(0o600)
    world.now = Utc(time.time())
    world.gate += 'ca_file = "ca.crt"\ncert_file = "t01-a.crt"\nkey_file = "t01-a.key"\n'


@plant("SECRETS-OPEN")
def everybody_may_read_the_password(world: World) -> None:
    world.put("etc/gate/credentials/mqtt.password", "secret\n").chmod(0o644)
