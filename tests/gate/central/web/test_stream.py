"""The stream of one page."""

import asyncio
from collections.abc import AsyncIterator

from gate.central.web import stream
from tests.gate.central.web.scripted import NOON, ScriptedCentral


def names(piece: bytes) -> list[str]:
    lines = piece.decode().splitlines()
    return [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]


async def next_of(pieces: AsyncIterator[bytes]) -> list[str]:
    return names(await anext(pieces))


def test_a_page_is_told_everything_then_what_changes_until_it_may_not(
    central: ScriptedCentral,
) -> None:
    may = [True]

    async def story() -> list[list[str]]:
        pieces = stream.events(
            central.view,
            chosen="",
            wall=lambda: NOON,
            may_listen=lambda: may[0],
            stopping=lambda: False,
        )
        assert await anext(pieces) == stream.RETRY
        heard = [await next_of(pieces)]
        central.show(inside=388)
        heard.append(await next_of(pieces))
        may[0] = False
        async with asyncio.timeout(5):
            heard += [names(piece) async for piece in pieces]
        return heard

    assert asyncio.run(story()) == [
        ["glance", "curve", "venue", "state"],
        ["glance", "venue", "state"],
        ["gone"],
    ]


def test_it_ends_when_central_stops(central: ScriptedCentral) -> None:
    stopping = [False]

    async def story() -> list[bytes]:
        pieces = stream.events(
            central.view,
            chosen="",
            wall=lambda: NOON,
            may_listen=lambda: True,
            stopping=lambda: stopping[0],
        )
        await anext(pieces)
        await anext(pieces)
        stopping[0] = True
        async with asyncio.timeout(5):
            return [piece async for piece in pieces]

    assert asyncio.run(story()) == []
