"""The one exception for input that cannot be used: a place, what is wrong, what was expected."""

from __future__ import annotations

__all__ = ["PROBLEM", "InputError", "quote", "unusable"]

_LONGEST_MESSAGE = 400
_LONGEST_QUOTE = 60


def _one_line(text: str) -> str:
    """Escape everything that could break a line or a terminal; readable letters stay."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )


def quote(value: object) -> str:
    """Show a value from a file inside a message: its repr, on one line, cut when long."""
    # Cutting first keeps a megabyte string from being escaped only to be thrown away.
    if isinstance(value, str) and len(value) > 2 * _LONGEST_QUOTE:
        value = value[: 2 * _LONGEST_QUOTE]
    try:
        text = repr(value)
    except Exception:  # nested too deeply, an integer of 4,301 digits, or another's mistake
        text = f"<{type(value).__name__}>"
    text = _one_line(text)
    return text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 3] + "..."


#: The place of what is wrong with a problem as a whole; commands put the file's name there.
PROBLEM = "problem"


def unusable(error: Exception, place: str = "options") -> InputError:
    """What is wrong with an option, or in the file of a preset, as an ``InputError``.

    Arguments:
        error: what the engine raised; it may know its own place.
        place: the place if it does not: ``PROBLEM`` where no option was looked at.
    """
    return InputError(getattr(error, "place", place), getattr(error, "message", str(error)))


class InputError(ValueError):
    """Input that cannot be used.

    Its text is always one line, ``PLACE: what is wrong; expected ...``.

    Arguments:
        place: where: ``graph.json:12``, ``graph.json`` or ``node 'a'``.
        wrong: what is wrong there. Quote file content with `quote`.
        expected: what would have been right; may be empty.

    Example:
        >>> import odesolve as ode
        >>> ode.color([("a", "a")])
        Traceback (most recent call last):
        odesolve.problems.errors.InputError: graph: node 'a' is joined to itself; expected edges ...
    """

    def __init__(self, place: str, wrong: str, expected: str = "") -> None:
        self.place = place
        self.message = f"{wrong}; expected {expected}" if expected else wrong
        super().__init__(place, wrong, expected)

    def __str__(self) -> str:
        message = _one_line(self.message)
        if len(message) > _LONGEST_MESSAGE:
            message = message[: _LONGEST_MESSAGE - 3] + "..."
        return f"{_one_line(self.place)}: {message}"
