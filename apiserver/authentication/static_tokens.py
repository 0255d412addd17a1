"""Tokens from a file, as `--token-auth-file`: lines of `token,user,uid,"group1,group2"`."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from ..registry.strategy import User
from .identities import with_authenticated


class StaticTokens:
    """A fixed table of tokens."""

    def __init__(self, users: dict[str, User]) -> None:
        self._users = users

    @classmethod
    def load(cls, path: Path) -> StaticTokens:
        """Raises ValueError naming the line that has fewer than three columns or an empty token."""
        with path.open(newline="", encoding="utf-8") as file:
            return cls(dict(_rows(csv.reader(file))))

    def user(self, token: str) -> User | None:
        return self._users.get(token)


def _rows(rows: Iterable[list[str]]) -> Iterable[tuple[str, User]]:
    for number, row in enumerate(rows, 1):
        if not row or row[0].startswith("#"):
            continue
        if len(row) < 3 or not row[0]:
            raise ValueError(f"line {number}: want token,user name,user uid and optionally groups")
        groups = tuple(g for g in row[3].split(",") if g) if len(row) > 3 else ()
        yield row[0], with_authenticated(User(row[1], row[2], groups))
