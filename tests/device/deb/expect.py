"""What a step asserts."""


class PromiseError(AssertionError):
    """A promise is broken; the text says what was there instead."""


def expect(found: object, wanted: object) -> None:
    """Raises PromiseError, with both, where they differ."""
    if found != wanted:
        raise PromiseError(f"{found!r}, not {wanted!r}")
