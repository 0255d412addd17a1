"""The question an authorizer is asked, and its answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from ...apimachinery import errors
from ...apimachinery.errors import StatusError
from ...apimachinery.field import quote
from ..registry.strategy import Object, RevisedReader, User


class Attributes(NamedTuple):
    """One access. `path` is non-empty for URLs that are no resources; then only `user`, `verb` and it
    count."""

    user: User
    verb: str
    group: str = ""
    version: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""
    field_selector: str = ""
    label_selector: str = ""


class Decision(NamedTuple):
    """Allowed, or no opinion. `reason` is shown to the caller of a review and, on refusal, in the 403."""

    allowed: bool
    reason: str = ""


ALLOWED = Decision(True)
NO_OPINION = Decision(False)


class Authorizer(Protocol):
    def authorize(self, attrs: Attributes) -> Decision:
        """Decides without awaiting; refusing is having no opinion, as upstream's built-in authorizers do."""


class PodReader(RevisedReader, Protocol):
    """A reader that also finds pods by node without a scan."""

    def pods_on(self, node: str) -> Sequence[Object]:
        """The pods whose spec.nodeName is `node`."""


def sentence(attrs: Attributes) -> str:
    """`User "x" cannot list resource "pods" in API group "" in the namespace "y"`."""
    user = quote(attrs.user.name)
    if attrs.path:
        return f"User {user} cannot {attrs.verb} path {quote(attrs.path)}"
    resource = f"{attrs.resource}/{attrs.subresource}" if attrs.subresource else attrs.resource
    where = f"in the namespace {quote(attrs.namespace)}" if attrs.namespace else "at the cluster scope"
    what = f"resource {quote(resource)} in API group {quote(attrs.group)}"
    return f"User {user} cannot {attrs.verb} {what} {where}"


def forbidden(attrs: Attributes, reason: str = "") -> StatusError:
    """The 403 of a refused access."""
    text = f"{sentence(attrs)}: {reason}" if reason else sentence(attrs)
    error = errors.forbidden(attrs.group, attrs.resource, attrs.name, text)
    error.headers = {**error.headers, "X-Content-Type-Options": "nosniff"}
    return error
