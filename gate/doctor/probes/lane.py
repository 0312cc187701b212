"""What any probe can find."""

from gate.doctor.finding import Level, Trouble

LANE_RUNS = Trouble(
    code="PROBE-LANE-RUNS",
    level=Level.WARNING,
    tested="whether the part is free to be tried",
    cause="The lane runs and has the part. A second program on the same wires would disturb it.",
    mend="sudo systemctl stop gate",
    more="Afterwards: `sudo systemctl start gate`. What the lane itself says: `gate status`.",
)

TROUBLES = (LANE_RUNS,)
