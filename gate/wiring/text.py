"""The wiring of a lane in words: what `gate wiring --text` prints. Pure."""

from collections.abc import Iterator

from gate.wiring.blocks import blocks_of
from gate.wiring.plan import Plan


def in_words(plan: Plan) -> Iterator[str]:
    """Each part with its pins, what else to connect, and what to mind."""
    yield f"Gate {plan.gate} of {plan.venue}, {plan.scan} lane: wires over the 40-pin header"
    for block in blocks_of(plan):
        pins = " and ".join(str(place) for place in block.places)
        wire = plan.at(_bcm(plan, block.places[0]))
        line = f"GPIO{wire.bcm}" if wire else "I2C bus 1"
        contact = f", {block.contact}" if block.contact else ""
        yield ""
        yield f"{block.title}: {line}, pin {pins}{contact}"
        yield from (f"  {text}" for text in block.lines)
    yield ""
    yield "By its own wiring, with the Pi unplugged: the turnstile's supply goes through the fire"
    yield "panel (pole 1, normally closed) to both locks, which open without current; the entry's"
    yield "also through the entry relay. No contact of the gate is in the wire of the way out."


def _bcm(plan: Plan, place: int) -> int | None:
    return next((wire.bcm for wire in plan.wires if wire.pin.place == place), None)
