"""The one exception that carries a sentence for the person who asked."""

from __future__ import annotations


class InputError(ValueError):
    """Something that a person handed in cannot be used; the message says what was wrong and what is allowed.

    The command line prints it and exits with status 2; the app shows it in place of an answer.
    """
