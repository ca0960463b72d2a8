"""How much work one proof may be: counted, not timed, so that the same question always gets the same answer."""

DEFAULT_STEPS = 150_000
"""Steps of automata and of the search, some 10 µs each: about two seconds, whatever is asked."""


class GaveUpError(Exception):
    """The question was too large for its budget."""


class Budget:
    """Steps that are left."""

    def __init__(self, steps: int = DEFAULT_STEPS) -> None:
        self._left = steps

    def spend(self, steps: int = 1) -> None:
        """Count some steps.

        Raises:
            GaveUpError: none are left.
        """
        self._left -= steps
        if self._left < 0:
            raise GaveUpError
