"""The tokens of an expression as a parser takes them one by one, and what it notes about them.

Issues have the words of the ANTLR parser that cel-go uses, for the mistakes people make: an operand or a
closing bracket that is missing, something left over. One superfluous token is skipped, as ANTLR does;
anything else ends the reading.
"""

from __future__ import annotations

from .errors import Source
from .lexer import Token, tokens

OPERAND = ("[", "{", "(", ".", "-", "!", "true", "false", "null")
OPERAND_KINDS = ("NUM_FLOAT", "NUM_INT", "NUM_UINT", "STRING", "BYTES", "IDENTIFIER")
STARTS = frozenset((*OPERAND, *OPERAND_KINDS))
"""What an operand may begin with."""


class Stop(Exception):  # noqa: N818
    """Reading cannot go on; the issue is noted."""


def choice(*signs: str) -> str:
    """ANTLR's way to list what it had wanted."""
    quoted = [f"'{sign}'" for sign in signs]
    return "{" + ", ".join((*quoted, *OPERAND_KINDS)) + "}"


class Reading:
    """`issues` are offsets with texts."""

    def __init__(self, source: Source) -> None:
        self.tokens, self.issues = tokens(source)
        self.i = 0

    # Tokens

    @property
    def token(self) -> Token:
        return self.tokens[self.i]

    def take(self) -> Token:
        token = self.tokens[self.i]
        self.i += 1
        return token

    def accept(self, kind: str) -> Token | None:
        return self.take() if self.tokens[self.i].kind == kind else None

    def following(self) -> str:
        """The kind of the token after the next."""
        return self.tokens[min(self.i + 1, len(self.tokens) - 1)].kind

    # Issues

    def note(self, at: int, message: str) -> None:
        self.issues.append((at, message))

    def wrong(self, what: str, expected: str) -> None:
        token = self.token
        self.note(token.at, f"Syntax error: {what} input '{token.text}' expecting {expected}")

    def refuse(self, expected: str) -> Stop:
        self.wrong("mismatched", expected)
        return Stop()

    def skip_or_refuse(self, allowed: frozenset[str], expected: str) -> None:
        """One superfluous token is passed over; otherwise reading ends."""
        if self.following() not in allowed:
            raise self.refuse(expected)
        self.wrong("extraneous", expected)
        self.take()

    def close(self, kind: str) -> None:
        """A closing bracket: something before it is skipped, its absence noted."""
        if self.accept(kind):
            return
        if self.following() == kind:
            self.wrong("extraneous", f"'{kind}'")
            self.i += 2
            return
        if self.token.kind in STARTS - {".", "[", "-"}:
            raise self.refuse(f"'{kind}'")
        self.note(self.token.at, f"Syntax error: missing '{kind}' at '{self.token.text}'")
