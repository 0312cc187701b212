"""Where the words of a gate travel, and who may say and hear them."""

import pytest

from gate.acl import Place, acl
from gate.topics import topics


def test_a_gate_has_its_topics_below_its_venue() -> None:
    own = topics(root="aman", district="jkt", venue="mall", gate="t01-a")

    assert own.meta == "aman/v1/jkt/mall/g/t01-a/meta"
    assert own.ack == "aman/v1/jkt/mall/g/t01-a/ack"
    assert own.venue.keys == "aman/v1/jkt/mall/keys"
    assert own.discovery == "homeassistant/device/t01-a/config"
    assert own.central == "aman/v1/central/state"


@pytest.mark.parametrize("watchers", [["t01-a"], ["central"]])
def test_a_broker_cannot_tell_two_of_one_name_apart(watchers: list[str]) -> None:
    places = [Place("jkt", "mall", "t01-a")]
    assert acl(places, root="aman", central="central", watchers=["w"]).count("user ") == 3

    with pytest.raises(ValueError, match=watchers[0]):
        acl(places, root="aman", central="central", watchers=watchers)
    with pytest.raises(ValueError, match="t01-a"):
        acl(places * 2, root="aman", central="central")
