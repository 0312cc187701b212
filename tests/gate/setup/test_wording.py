from gate.setup.code import Code, Rejected
from gate.setup.parts import Missing
from gate.setup.wording import refused, wanting


def test_each_refusal_has_a_sentence() -> None:
    for code in Code:
        assert refused(Rejected(code)).startswith("NOT TAKEN: ")


def test_what_is_still_to_be_shown_is_counted() -> None:
    said = wanting(Missing(3, (1, 3)))

    assert said == "set-up code: 1 of 3 parts taken; still to be shown: 1, 3"
