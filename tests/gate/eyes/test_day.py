"""A short day in the lane, through camera thread and decoder: who is read, what is looked at.

`make bench ARGS=day` plays a longer one and says what it costs.
"""

import pytest

from tests.pictures.day import Hall, Light, cloudy, switched, traffic
from tests.pictures.playing import played

LENGTH_S = 36.0
READ_EVERY = 30


@pytest.mark.parametrize(
    ("light", "seed"),
    [(cloudy(12.0), 2), (switched(8.0, 20.0, 30.0), 3)],
    ids=["clouds", "a lamp"],
)
def test_every_phone_is_read_and_hardly_an_empty_frame_is_looked_at(
    light: Light, seed: int
) -> None:
    visits = traffic(LENGTH_S, seed=seed, somebody=0.4, with_phone=0.6)
    shown = {visit.text for visit in visits if visit.text}

    came = played(
        Hall(seed=seed, light=light, visits=visits).moments(LENGTH_S, fps=6), read_every=READ_EVERY
    )

    assert came.texts == shown
    assert len(shown) >= 2
    assert came.phones_looked == came.phones
    # The first three seconds, one frame in thirty, and a lamp that is new for a second or two.
    first = 3 * 6
    assert came.empty_looked - first <= came.empty / READ_EVERY + 0.03 * came.empty + 2
    assert came.walkers > 20
    assert came.figures.unnoticed == 0
