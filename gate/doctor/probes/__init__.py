"""What the probes (`gate.commands.probe`) can find; the texts alone, a part of the lane each."""

from gate.doctor.probes import broker, camera, lane, relay, sensors, thermometer

PROBES = (
    ("probes", lane.TROUBLES),
    ("probe camera", camera.TROUBLES),
    ("probe thermometer", thermometer.TROUBLES),
    ("probe relay", relay.TROUBLES),
    ("probe sensors", sensors.TROUBLES),
    ("probe broker", broker.TROUBLES),
)
"""Each section of docs/troubleshooting.md that is theirs."""
