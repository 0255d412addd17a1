"""Well-known users and groups."""

from __future__ import annotations

from functools import lru_cache

from ...apimachinery import names
from ..registry.strategy import User

AUTHENTICATED = "system:authenticated"
UNAUTHENTICATED = "system:unauthenticated"
MASTERS = "system:masters"
NODES = "system:nodes"
SERVICE_ACCOUNTS = "system:serviceaccounts"
ANONYMOUS = User("system:anonymous", "", (UNAUTHENTICATED,))
_ACCOUNT_PREFIX = "system:serviceaccount:"
_REMEMBERED = 4096


def account_user_name(namespace: str, name: str) -> str:
    return f"{_ACCOUNT_PREFIX}{namespace}:{name}"


def account_groups(namespace: str) -> tuple[str, str]:
    return SERVICE_ACCOUNTS, f"{SERVICE_ACCOUNTS}:{namespace}"


@lru_cache(_REMEMBERED)
def split_account(user_name: str) -> tuple[str, str] | None:
    """(namespace, name) of a service account's user name, None when it is not one: what no account can be
    called is a user like any other."""
    if not user_name.startswith(_ACCOUNT_PREFIX):
        return None
    namespace, _, name = user_name.removeprefix(_ACCOUNT_PREFIX).partition(":")
    return None if names.dns1123_label(namespace) or names.dns1123_subdomain(name) else (namespace, name)


@lru_cache(_REMEMBERED)
def split_node(user_name: str) -> str | None:
    """The node's name, None when the user name is not a node's."""
    name = user_name.removeprefix("system:node:")
    return None if name == user_name or names.dns1123_subdomain(name) else name


def with_authenticated(user: User) -> User:
    """The user with `system:authenticated` among the groups, as every authenticated request has."""
    if AUTHENTICATED in user.groups or UNAUTHENTICATED in user.groups:
        return user
    return user._replace(groups=(*user.groups, AUTHENTICATED))
