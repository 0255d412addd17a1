"""Asking whether a user may: `authorizer.group('').resource('pods').check('get').allowed()`.

The decision itself is made by a function given from outside: `Check(user or None, attributes) -> Decision`,
where the user is None for who sent the request, or a (namespace, name) of a service account.

Source: k8s.io/apiserver/pkg/cel/library/authz.go.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar, NamedTuple

from ... import names
from ..errors import EvaluationError
from ..functions import Function, member
from ..types import (
    AUTHORIZER,
    BOOL,
    DECISION,
    GROUP_CHECK,
    PATH_CHECK,
    RESOURCE_CHECK,
    STRING,
    CelType,
)
from ..values import Opaque

Account = tuple[str, str]


class Asked(NamedTuple):
    """What is asked: a path, or a resource with all its parts."""

    verb: str
    path: str = ""
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    field_selector: str = ""
    label_selector: str = ""


class Decision(Opaque):
    __slots__ = ("allowed", "error", "reason")
    cel_type = DECISION

    def __init__(self, allowed: bool, reason: str = "", error: str = "") -> None:
        self.allowed = allowed
        self.reason = reason
        self.error = error


Check = Callable[[Account | None, Asked], Decision]


@dataclass(frozen=True)
class Authorizer(Opaque):
    cel_type: ClassVar[CelType] = AUTHORIZER
    check: Check
    account: Account | None = None

    def decide(self, asked: Asked) -> Decision:
        return self.check(self.account, asked)


@dataclass(frozen=True)
class PathCheck(Opaque):
    cel_type: ClassVar[CelType] = PATH_CHECK
    authorizer: Authorizer
    path: str


@dataclass(frozen=True)
class GroupCheck(Opaque):
    cel_type: ClassVar[CelType] = GROUP_CHECK
    authorizer: Authorizer
    group: str


@dataclass(frozen=True)
class ResourceCheck(Opaque):
    cel_type: ClassVar[CelType] = RESOURCE_CHECK
    authorizer: Authorizer
    asked: Asked

    def narrowed(self, **parts: str) -> ResourceCheck:
        return replace(self, asked=self.asked._replace(**parts))


def _path(authorizer: Authorizer, path: str) -> PathCheck:
    if not path.strip():
        raise EvaluationError("path must not be empty")
    return PathCheck(authorizer, path)


def _account(authorizer: Authorizer, namespace: str, name: str) -> Authorizer:
    if names.dns1123_subdomain(name):
        raise EvaluationError("Invalid service account name")
    if names.dns1123_label(namespace):
        raise EvaluationError("Invalid service account namespace")
    return replace(authorizer, account=(namespace, name))


def _resource(group: GroupCheck, resource: str) -> ResourceCheck:
    if not resource.strip():
        raise EvaluationError("resource must not be empty")
    return ResourceCheck(group.authorizer, Asked("", group=group.group, resource=resource))


def _check_path(path: PathCheck, verb: str) -> Decision:
    return path.authorizer.decide(Asked(verb, path=path.path))


def _check_resource(resource: ResourceCheck, verb: str) -> Decision:
    return resource.authorizer.decide(resource.asked._replace(verb=verb))


def _narrowing(function: str, overload: str, part: str) -> Function:
    def narrow(check: ResourceCheck, value: str) -> ResourceCheck:
        return check.narrowed(**{part: value})

    return Function(function, (member(overload, (RESOURCE_CHECK, STRING), RESOURCE_CHECK, narrow),))


FUNCTIONS = (
    Function("path", (member("authorizer_path", (AUTHORIZER, STRING), PATH_CHECK, _path),)),
    Function("group", (member("authorizer_group", (AUTHORIZER, STRING), GROUP_CHECK, GroupCheck),)),
    Function(
        "serviceAccount",
        (member("authorizer_serviceaccount", (AUTHORIZER, STRING, STRING), AUTHORIZER, _account),),
    ),
    Function("resource", (member("groupcheck_resource", (GROUP_CHECK, STRING), RESOURCE_CHECK, _resource),)),
    _narrowing("subresource", "resourcecheck_subresource", "subresource"),
    _narrowing("namespace", "resourcecheck_namespace", "namespace"),
    _narrowing("name", "resourcecheck_name", "name"),
    _narrowing("fieldSelector", "authorizer_fieldselector", "field_selector"),
    _narrowing("labelSelector", "authorizer_labelselector", "label_selector"),
    Function(
        "check",
        (
            member("pathcheck_check", (PATH_CHECK, STRING), DECISION, _check_path),
            member("resourcecheck_check", (RESOURCE_CHECK, STRING), DECISION, _check_resource),
        ),
    ),
    Function("errored", (member("decision_errored", (DECISION,), BOOL, lambda d: bool(d.error)),)),
    Function("error", (member("decision_error", (DECISION,), STRING, lambda d: d.error),)),
    Function("allowed", (member("decision_allowed", (DECISION,), BOOL, lambda d: d.allowed),)),
    Function("reason", (member("decision_reason", (DECISION,), STRING, lambda d: d.reason),)),
)
