"""What `gate probe sensors` can find."""

from gate.doctor.finding import Level, Trouble

DEAD = Trouble(
    code="PROBE-SENSORS-LINES",
    level=Level.BROKEN,
    tested="whether the inputs can be read",
    cause="The lines cannot be had: another program holds them, there is no GPIO chip, or this user"
    " is not in the group gpio.",
    mend="gate doctor",
)
STILL = Trouble(
    code="PROBE-SENSORS-STILL",
    level=Level.WARNING,
    tested="whether an input changes",
    cause="It did not change all the time: nobody used it, or its wire is off, or in another hole.",
    mend="gate pins",
    more="Walk through (or press, turn, have the panel's contact opened) and look at the level in"
    " `gate pins` before and during.",
)
STUCK = Trouble(
    code="PROBE-SENSORS-ACTIVE",
    level=Level.BROKEN,
    tested="whether an input is at rest when nobody is there",
    cause="It was active from beginning to end: a beam that is blocked or out of line, a cut wire"
    " (that is how it should look), or the wrong level in the file.",
    mend="gate pins",
    more="With nobody there and the wire whole, `active` of this input is the other level.",
)
RELEASED = Trouble(
    code="PROBE-SENSORS-RELEASED",
    level=Level.BROKEN,
    tested="whether the release is at rest",
    cause="The release is active: the fire panel is in alarm, its wire is cut, or the level in the"
    " file is the wrong one. The gate would let everybody in.",
    mend="gate pins",
)
DEBOUNCE = Trouble(
    code="PROBE-SENSORS-DEBOUNCE",
    level=Level.WARNING,
    tested="whether the debounce is longer than the chatter",
    cause="A contact chatters for about as long as [passage] debounce_s, or longer: one person"
    " could be counted as more, or a passage be thrown away.",
    mend="in /etc/gate/gate.toml: [passage] debounce_s = {debounce}",
    by_hand=True,
    more="More than 0.05 s is no bouncing: look for a loose wire, or one beside the mains.",
)

TROUBLES = (DEAD, STILL, STUCK, RELEASED, DEBOUNCE)
