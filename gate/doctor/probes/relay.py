"""What `gate probe relay` can find."""

from gate.doctor.finding import Level, Trouble

DEAD = Trouble(
    code="PROBE-RELAY-LINE",
    level=Level.BROKEN,
    tested="whether the relay's line can be driven",
    cause="The line cannot be had: another program holds it, there is no GPIO chip, or this user is"
    " not in the group gpio.",
    mend="gate doctor",
)
SILENT = Trouble(
    code="PROBE-RELAY-SILENT",
    level=Level.BROKEN,
    tested="whether the relay clicked",
    cause="The line was driven and the relay did not move: no supply for its coil, a wire in the"
    " wrong hole, the wrong level (active), or 3.3 V that are too little for its board.",
    mend="gate pins",
    more="Measure between the line and GND during --seconds 5: 3.3 V or 0 V. Right there and no"
    " click: the board (its JD-VCC jumper, docs/wiring.md).",
)
SHUT = Trouble(
    code="PROBE-RELAY-SHUT",
    level=Level.BROKEN,
    tested="whether the turnstile was free",
    cause="The relay clicked and the turnstile stayed shut: the wrong contact (COM to NO, or NC),"
    " the wrong input of the turnstile, or one that wants a longer pulse.",
    mend="gate probe relay --seconds 3",
)
INVERTED = Trouble(
    code="PROBE-RELAY-INVERTED",
    level=Level.BROKEN,
    tested="whether the entry is shut while the relay is at rest",
    cause="The turnstile is free at rest: the configured level is the wrong one, or the other"
    " contact of the relay is wired. Whoever comes walks in.",
    mend="gate pins",
    more="Set `active` of the relay to the other level, or change COM to NO for COM to NC.",
)
UNSEEN = Trouble(
    code="PROBE-RELAY-UNSEEN",
    level=Level.WARNING,
    tested="what the relay did",
    cause="The relay was pulsed and nobody was asked what it did (--yes).",
    mend="gate probe relay",
)

TROUBLES = (DEAD, SILENT, SHUT, INVERTED, UNSEEN)
