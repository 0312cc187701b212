"""More simulated people in front of the thermometer than the suite has time for."""

from tests.people.person import criteria
from tests.people.study import VARIANTS, study, wrong

PEOPLE = 30


def people_of_each_temperature(seed: int) -> None:
    """Others than in the suite, with the same promises."""
    for variant in VARIANTS:
        limit_c = criteria(variant).limit_c
        tallies = study(variant, PEOPLE, seed=seed)
        broken = [it for tally in tallies for it in wrong(tally, limit_c)]
        assert not broken, f"{variant}: {'; '.join(broken)}"
