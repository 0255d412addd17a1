"""Bearer tokens: from the Authorization header to a user, through every kind of token there is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..registry.strategy import User
from .account_tokens import AccountTokens, TokenError
from .bootstrap_tokens import BootstrapTokens
from .head import RequestHead
from .static_tokens import StaticTokens

INVALID = "invalid bearer token"
SPACE_WARNING = (
    "the provided Authorization header contains extra space before the bearer token, and is ignored"
)


class Reviewed(NamedTuple):
    """What a token is worth: the user and shared audiences, or why there is none."""

    user: User | None
    audiences: tuple[str, ...] = ()
    error: str = ""


class BearerTokens:
    """Static tokens first, then service accounts', then bootstrap tokens."""

    def __init__(self, accounts: AccountTokens, tables: Sequence[StaticTokens | BootstrapTokens]) -> None:
        self.accounts = accounts
        self._tables = tuple(tables)

    def review(self, token: str, audiences: Iterable[str] = ()) -> Reviewed:
        """The verdict of a TokenReview."""
        for table in self._tables:
            user = table.user(token)
            if user is not None:
                shared = self._implicit(audiences)
                return Reviewed(user, shared) if shared else Reviewed(None, (), INVALID)
        try:
            found = self.accounts.user(token, audiences)
        except TokenError as error:
            return Reviewed(None, (), f"[{INVALID}, {error}]")
        return Reviewed(None, (), INVALID) if found is None else Reviewed(*found)

    def _implicit(self, audiences: Iterable[str]) -> tuple[str, ...]:
        """Tokens without an audience of their own are good for the API server only."""
        wanted = tuple(audiences) or self.accounts.audiences
        return tuple(a for a in wanted if a in self.accounts.audiences)


def token_of(head: RequestHead) -> str:
    """The request's bearer token, "" when it has none; another scheme counts as none."""
    value = head.headers.get(b"authorization")
    if not value:
        return ""
    parts = value.decode("latin-1").strip().split(" ", 2)
    if len(parts) < 2 or parts[0].lower() != "bearer":
        return ""
    if not parts[1] and len(parts) == 3:
        head.warnings.append(SPACE_WARNING)
    return parts[1]
