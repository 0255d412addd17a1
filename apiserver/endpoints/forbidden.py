"""The 403 a user sees: who may not do what (responsewriters.Forbidden)."""

from __future__ import annotations

from ...apimachinery import errors, field
from ..authorization import Attributes


def error(attrs: Attributes, reason: str) -> errors.StatusError:
    who = f"User {field.quote(attrs.user.name)} cannot {attrs.verb}"
    if attrs.path:
        message = f"{who} path {field.quote(attrs.path)}"
        text = f"forbidden: {message}" + (f": {reason}" if reason else "")
        return errors.StatusError(403, "Forbidden", text, {})
    what = f"{attrs.resource}/{attrs.subresource}" if attrs.subresource else attrs.resource
    where = f'in the namespace "{attrs.namespace}"' if attrs.namespace else "at the cluster scope"
    why = f"{who} resource {field.quote(what)} in API group {field.quote(attrs.group)} {where}"
    if reason:
        why = f"{why}: {reason}"
    return errors.forbidden(attrs.group, attrs.resource, attrs.name, why)
