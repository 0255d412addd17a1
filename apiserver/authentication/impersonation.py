"""Impersonation: acting as somebody else, by header and only with the right to.

Two ways of being allowed are tried: the constrained one (`impersonate:MODE` on the identity plus
`impersonate-on:MODE:VERB` on what is done, KEP 5284) and the classic `impersonate` verb.
Source: "User impersonation" in the Kubernetes documentation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from urllib.parse import unquote

from ...apimachinery import errors
from ...apimachinery.field import quote
from ..authorization import Attributes, Authorizer, forbidden
from ..registry.strategy import User
from . import identities

_PREFIX = b"impersonate-"
_EXTRA_PREFIX = b"impersonate-extra-"
_AUTHENTICATION = "authentication.k8s.io"
_MANY = 4
"""From this many values on, constrained modes first ask for the wildcard."""
_MOST_CALLERS = 1024


class Wanted(NamedTuple):
    """Whom the headers ask for."""

    user: User
    only_name: bool


def wanted(raw: Sequence[tuple[bytes, bytes]]) -> Wanted | None:
    """Reads the headers; None when there are none. 400 when they name groups, uid or extra but no user."""
    name = uid = ""
    groups: list[str] = []
    extra: dict[str, tuple[str, ...]] = {}
    for header, value in raw:
        if not header.startswith(_PREFIX):
            continue
        text = value.decode("utf-8", "replace")
        if header == b"impersonate-user":
            name = name or text
        elif header == b"impersonate-uid":
            uid = uid or text
        elif header == b"impersonate-group":
            groups.append(text)
        elif header.startswith(_EXTRA_PREFIX):
            key = unquote(header.removeprefix(_EXTRA_PREFIX).decode("latin-1"))
            extra[key] = (*extra.get(key, ()), text)
    user = User(name, uid, tuple(groups), extra)
    if name:
        return Wanted(user, not (uid or groups or extra))
    if uid or groups or extra:
        raise errors.bad_request(f"requested {_go_syntax(user)} without impersonating a user name")
    return None


class Impersonator:
    """Checks the caller's right and gives the user to act as; remembers per caller which way worked last."""

    def __init__(self, authorizer: Authorizer) -> None:
        self._authorizer = authorizer
        self._last_mode: dict[str, str] = {}

    def act_as(self, target: Wanted, attrs: Attributes) -> User:
        """The impersonated user for the request `attrs` describes. 403 with the first refusal otherwise."""
        caller = attrs.user
        modes = list(_modes(target, caller))
        last = self._last_mode.get(caller.name)
        if last in modes:
            modes.remove(last)
            modes.insert(0, last)
        refusal: errors.StatusError | None = None
        for mode in modes:
            try:
                user = self._try(mode, target.user, attrs)
            except errors.StatusError as error:
                refusal = refusal or error
                continue
            self._remember(caller.name, mode)
            return user
        assert refusal is not None
        raise refusal

    def _remember(self, caller: str, mode: str) -> None:
        if len(self._last_mode) >= _MOST_CALLERS:
            self._last_mode.clear()
        self._last_mode[caller] = mode

    def _try(self, mode: str, target: User, attrs: Attributes) -> User:
        if mode:
            asked = attrs._replace(verb=f"impersonate-on:{mode}:{attrs.verb}")
            self._check(_drop_extra(asked) if mode == "associated-node" else asked)
        self._check_name(mode, target, attrs.user)
        verb = f"impersonate:{mode}" if mode else "impersonate"
        if target.uid:
            self._check(Attributes(attrs.user, verb, _AUTHENTICATION, "v1", "uids", name=target.uid))
        self._check_groups(mode, verb, target.groups, attrs.user)
        self._check_extra(mode, verb, target.extra, attrs.user)
        return _complete(target, mode)

    def _check(self, attrs: Attributes) -> None:
        decision = self._authorizer.authorize(attrs)
        if not decision.allowed:
            raise forbidden(attrs, decision.reason)

    def _check_name(self, mode: str, target: User, caller: User) -> None:
        verb = f"impersonate:{mode}" if mode else "impersonate"
        group = _AUTHENTICATION if mode else ""
        attrs = Attributes(caller, verb, group, "v1", "users", name=target.name)
        node, account = identities.split_node(target.name), identities.split_account(target.name)
        if mode and node is not None:
            name = "*" if mode == "associated-node" else node
            attrs = attrs._replace(resource="nodes", name=name)
            attrs = _drop_extra(attrs) if mode == "associated-node" else attrs
        elif account is not None:
            attrs = attrs._replace(resource="serviceaccounts", namespace=account[0], name=account[1])
        self._check(attrs)

    def _check_groups(self, mode: str, verb: str, groups: tuple[str, ...], caller: User) -> None:
        if not groups:
            return
        asked = Attributes(caller, verb, _AUTHENTICATION if mode else "", "v1", "groups")
        if mode:
            if "" in groups:
                raise forbidden(asked, "impersonating the empty string group is not allowed")
            if identities.MASTERS in groups:
                refused = asked._replace(name=identities.MASTERS)
                raise forbidden(refused, "impersonating the system:masters group is not allowed")
            if len(groups) >= _MANY and self._authorizer.authorize(asked._replace(name="*")).allowed:
                return
        for group in groups:
            self._check(asked._replace(name=group))

    def _check_extra(self, mode: str, verb: str, extra: dict[str, tuple[str, ...]], caller: User) -> None:
        if not extra:
            return
        asked = Attributes(caller, verb, _AUTHENTICATION, "v1", "userextras")
        if mode:
            if "" in extra:
                raise forbidden(asked, "impersonating the empty string key in extra is not allowed")
            if any("" in values for values in extra.values()):
                raise forbidden(asked, "impersonating the empty string value in extra is not allowed")
            everything = asked._replace(subresource="*", name="*")
            if sum(map(len, extra.values())) >= _MANY and self._authorizer.authorize(everything).allowed:
                return
        for key, values in extra.items():
            for value in values:
                self._check(asked._replace(subresource=key, name=value))


def _modes(target: Wanted, caller: User) -> Iterator[str]:
    """The ways that fit the target, most constrained first; "" is the classic one."""
    node = identities.split_node(target.user.name)
    account = identities.split_account(target.user.name)
    if node is not None and target.only_name:
        own = caller.extra.get("authentication.kubernetes.io/node-name")
        if own == (node,) and identities.split_account(caller.name):
            yield "associated-node"
        yield "arbitrary-node"
    if account is not None and target.only_name:
        yield "serviceaccount"
    if node is None and account is None:
        yield "user-info"
    yield ""


def _drop_extra(attrs: Attributes) -> Attributes:
    """The caller without extra values, which differ between the pods of one account."""
    keys = tuple(sorted(attrs.user.extra))
    extra = {"authentication.kubernetes.io/associated-node-keys": keys}
    return attrs._replace(user=attrs.user._replace(extra=extra))


def _complete(target: User, mode: str) -> User:
    groups = target.groups
    account = identities.split_account(target.name)
    if mode and identities.split_node(target.name) is not None:
        groups = (identities.NODES,)
    elif account is not None and not groups:
        groups = identities.account_groups(account[0])
    if target.name == identities.ANONYMOUS.name:
        if identities.UNAUTHENTICATED not in groups:
            groups = (*groups, identities.UNAUTHENTICATED)
    elif identities.UNAUTHENTICATED not in groups and identities.AUTHENTICATED not in groups:
        groups = (*groups, identities.AUTHENTICATED)
    return target._replace(groups=groups)


def _go_syntax(user: User) -> str:
    """The user as upstream's message prints it (Go's %#v)."""
    groups = "[]string{" + ", ".join(quote(g) for g in user.groups) + "}" if user.groups else "[]string(nil)"
    pairs = ", ".join(
        f"{quote(k)}:[]string{{{', '.join(quote(v) for v in values)}}}"
        for k, values in sorted(user.extra.items())
    )
    extra = f"map[string][]string{{{pairs}}}" if user.extra else "map[string][]string(nil)"
    return (
        f"&user.DefaultInfo{{Name:{quote(user.name)}, UID:{quote(user.uid)}, Groups:{groups}, Extra:{extra}}}"
    )
