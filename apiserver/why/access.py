"""Who may ask why: whoever may see the object itself."""

from __future__ import annotations

from ..authorization.attributes import NO_OPINION, Attributes, Authorizer, Decision
from .names import GROUP, parse


class AsTheObject:
    """Allows `get` of an object's causes and of a pod's placement to those who may `get` the object.

    Comes last of all authorizers; `others` are those before it. A role may name the group itself, too.
    """

    def __init__(self, others: Authorizer) -> None:
        self._others = others

    def authorize(self, attrs: Attributes) -> Decision:
        if attrs.group != GROUP or attrs.verb != "get" or attrs.subresource or not attrs.name:
            return NO_OPINION
        if attrs.resource == "placements":
            asked = attrs._replace(group="", version="v1", resource="pods")
        elif attrs.resource == "causes":
            about = parse(attrs.name)
            asked = attrs._replace(group=about.group, version="", resource=about.resource, name=about.name)
        else:
            return NO_OPINION
        return self._others.authorize(asked)
