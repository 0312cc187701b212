"""Everything that a lane listens to says nonsense, and the lane goes on as it was."""

from drivers.simulated.visitors import Seen
from gate.payloads import Ack, Ans, CentralState, Cfg, Cmd, Ctr, Evt, Keys, Payload, Quota
from tests.junk import flood
from tests.stories.central import Central
from tests.stories.lanes import SETTLE_S, WELL_C, Staged, eventually

KEEPS = ("mode", "right", "epoch", "faults", "in", "out", "uncertain", "clock", "lists", "config")
MESSAGES = 1500


def test_a_flood_of_nonsense_on_every_topic_stops_nothing_and_is_not_believed(
    staged: Staged,
) -> None:
    stage = staged()
    assert stage.visitors.present(stage.a_pass(), [WELL_C]) is Seen.GREEN
    assert stage.settle(SETTLE_S), stage.status()
    before = stage.status()
    with Central(stage) as central:
        topics = central.topics
        heard: dict[str, type[Payload]] = {
            topics.ack: Ack,
            topics.quota: Quota,
            topics.ans: Ans,
            topics.cmd: Cmd,
            topics.venue.cfg: Cfg,
            topics.venue.keys: Keys,
            topics.ctr.replace("sim-a", "sim-b"): Ctr,
            topics.evt.replace("sim-a", "sim-b"): Evt,
            topics.central: CentralState,
        }
        for number, (topic, payload) in enumerate(flood(1, heard, MESSAGES)):
            central.say(topic, payload, retain=number % 7 == 0)
        central.say(topics.central, b'{"s":"aman.central/1","state":"online"}', retain=True)

    assert stage.visitors.present(stage.a_pass(), [WELL_C]) is Seen.GREEN
    assert eventually(stage, lambda: stage.on_disk() == (2, 0))
    after = stage.status()
    assert before is not None
    assert after is not None
    before["in"], before["right"] = 2, before["right"] - 1
    assert {key: after[key] for key in KEEPS} == {key: before[key] for key in KEEPS}
    assert stage.tally.malformed > 0, "the flood never came"
    assert "Traceback" not in stage.last_words(500)
    assert stage.stop_daemon() == 0
