"""Webhooks of both configurations: defaults and validation. Source: admissionregistration validation."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from ....apimachinery import field, names
from ..printing import age
from ..strategy import Context, Object
from ..validation.common import Errors, invalids
from ..validation.selectors import validate_label_selector
from .registration import RegistrationStrategy
from .rules import (
    FAILURE_POLICIES,
    MATCH_POLICIES,
    default_rules,
    validate_choice,
    validate_conditions,
    validate_rules,
)

SIDE_EFFECTS = ("None", "NoneOnDryRun")
REINVOCATION = ("IfNeeded", "Never")
REVIEW_VERSIONS = ("v1", "v1beta1")
URL_FORM = "; desired format: https://host[/path]"


class WebhooksStrategy(RegistrationStrategy):
    """Rules of both kinds of webhook configurations."""

    mutating = False

    def default(self, obj: Object) -> None:
        default_webhooks(obj, mutating=self.mutating)

    def validate_create(self, ctx: Context, obj: Object) -> Errors:
        return validate_webhooks(obj)

    def validate_update(self, ctx: Context, new: Object, old: Object) -> Errors:
        return validate_webhooks(new, old)


class MutatingWebhooksStrategy(WebhooksStrategy):
    """Theirs may be asked again."""

    mutating = True


def webhook_cells(obj: Object, now: datetime) -> list[Any]:
    return [obj["metadata"]["name"], len(obj.get("webhooks") or ()), age(obj, now)]


def default_webhooks(obj: Object, *, mutating: bool) -> None:
    for hook in obj.get("webhooks") or ():
        hook.setdefault("failurePolicy", "Fail")
        hook.setdefault("matchPolicy", "Equivalent")
        for name in ("namespaceSelector", "objectSelector"):
            if hook.get(name) is None:
                hook[name] = {}
        hook.setdefault("timeoutSeconds", 10)
        if mutating:
            hook.setdefault("reinvocationPolicy", "Never")
        service = (hook.get("clientConfig") or {}).get("service")
        if service is not None:
            service.setdefault("port", 443)
        default_rules(hook.get("rules"))


def validate_webhooks(obj: Object, old: Object | None = None) -> Errors:
    """`old`: what an update finds; review versions nobody knows are tolerated where they were, and conditions
    that stay are not looked at again."""
    errors: Errors = []
    seen: set[str] = set()
    strict = old is None or all(_recognized(hook) for hook in old.get("webhooks") or ())
    conditions = old is None or _conditions(old) != _conditions(obj)
    for i, hook in enumerate(obj.get("webhooks") or ()):
        path = f"webhooks[{i}]"
        errors += _webhook(hook, path)
        if conditions:
            errors += validate_conditions(hook.get("matchConditions"), f"{path}.matchConditions")
        errors += _review_versions(hook.get("admissionReviewVersions") or [], strict, path)
        name = hook.get("name", "")
        if name and name in seen:
            errors.append(field.duplicate(f"{path}.name", name))
        seen.add(name)
    return errors


def _conditions(obj: Object) -> list[Any]:
    return [hook.get("matchConditions") for hook in obj.get("webhooks") or ()]


def _recognized(hook: Object) -> bool:
    return bool(set(REVIEW_VERSIONS).intersection(hook.get("admissionReviewVersions") or ()))


def _review_versions(versions: list[str], strict: bool, path: str) -> Errors:
    at = f"{path}.admissionReviewVersions"
    options = ", ".join(REVIEW_VERSIONS)
    if not versions:
        return [field.required(at, f"must specify one of {options}")]
    errors: Errors = []
    again = field.repeats(versions)
    for i, version in enumerate(versions):
        if i in again:
            errors.append(field.invalid(f"{at}[{i}]", version, "duplicate version"))
            continue
        problems = names.dns1035_label(version)
        if problems:
            errors.append(field.invalid(f"{at}[{i}]", version, ",".join(problems)))
    if strict and not set(versions).intersection(REVIEW_VERSIONS):
        errors.append(field.invalid(at, versions, f"must include at least one of {options}"))
    return errors


def _webhook(hook: Object, path: str) -> Errors:
    name = hook.get("name", "")
    errors: Errors = []
    if not name:
        errors.append(field.required(f"{path}.name"))
    else:
        errors += invalids(f"{path}.name", name, names.fully_qualified_name(name))
    errors += validate_rules(hook.get("rules"), f"{path}.rules")
    errors += validate_choice(hook.get("failurePolicy"), FAILURE_POLICIES, f"{path}.failurePolicy")
    errors += validate_choice(hook.get("matchPolicy"), MATCH_POLICIES, f"{path}.matchPolicy")
    if hook.get("sideEffects") is None:
        why = f"must specify one of {', '.join(SIDE_EFFECTS)}"
        errors.append(field.required(f"{path}.sideEffects", why))
    errors += validate_choice(hook.get("sideEffects"), SIDE_EFFECTS, f"{path}.sideEffects")
    seconds = hook.get("timeoutSeconds")
    if seconds is not None and not 1 <= seconds <= 30:
        why = "the timeout value must be between 1 and 30 seconds"
        errors.append(field.invalid(f"{path}.timeoutSeconds", seconds, why))
    for key in ("namespaceSelector", "objectSelector"):
        errors += validate_label_selector(hook.get(key), f"{path}.{key}")
    errors += validate_choice(hook.get("reinvocationPolicy"), REINVOCATION, f"{path}.reinvocationPolicy")
    return errors + validate_client_config(hook.get("clientConfig") or {}, f"{path}.clientConfig")


def validate_client_config(config: Object, path: str) -> Errors:
    """Exactly one of url and service, each well-formed."""
    url, service = config.get("url"), config.get("service")
    if (url is None) == (service is None):
        return [field.required(path, "exactly one of url or service is required")]
    if url is not None:
        return _url(url, f"{path}.url")
    return _service(service or {}, f"{path}.service")


_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2}).{0,2}", re.DOTALL)


def _url(url: str, path: str) -> Errors:
    bad = _BAD_ESCAPE.search(url.partition("?")[0])
    if bad:
        why = f"parse {field.quote(url)}: invalid URL escape {field.quote(bad[0])}"
        return [field.required(path, f"url must be a valid URL: {why}{URL_FORM}")]
    if url.startswith(":"):
        why = f"parse {field.quote(url)}: missing protocol scheme"
        return [field.required(path, f"url must be a valid URL: {why}{URL_FORM}")]
    try:
        parts = urlsplit(url)
    except ValueError as error:
        return [field.required(path, f"url must be a valid URL: {error}{URL_FORM}")]
    errors: Errors = []
    if parts.scheme != "https":
        why = f"'https' is the only allowed URL scheme{URL_FORM}"
        errors.append(field.invalid(path, parts.scheme, why))
    user, at, host = parts.netloc.rpartition("@")
    if not host:
        errors.append(field.invalid(path, "", f"host must be specified{URL_FORM}"))
    if at:
        errors.append(field.invalid(path, user, "user information is not permitted in the URL"))
    if parts.fragment:
        errors.append(field.invalid(path, parts.fragment, "fragments are not permitted in the URL"))
    if parts.query:
        errors.append(field.invalid(path, parts.query, "query parameters are not permitted in the URL"))
    return errors


def _service(service: Object, path: str) -> Errors:
    errors: Errors = []
    # Upstream's callers hand the two over in the wrong order, so that clients are told of the other one.
    for name, told in (("namespace", "name"), ("name", "namespace")):
        if not service.get(name):
            errors.append(field.required(f"{path}.{told}"))
    port = service.get("port", 0)
    problems = names.port_number(port)
    if problems:
        why = f"port is not valid: {','.join(problems)}"
        errors.append(field.invalid(f"{path}.port", port, why))
    return errors + _service_path(service.get("path"), f"{path}.path")


def _service_path(value: str | None, path: str) -> Errors:
    if value in (None, "", "/"):
        return []
    text = value or ""
    if text == "//":
        return [field.invalid(path, text, "segment[0] may not be empty")]
    errors: Errors = []
    if not text.startswith("/"):
        errors.append(field.invalid(path, text, "must start with a '/'"))
    for i, part in enumerate(text[1:].removesuffix("/").split("/")):
        if not part:
            errors.append(field.invalid(path, text, f"segment[{i}] may not be empty"))
            continue
        for problem in names.dns1123_subdomain(part):
            errors.append(field.invalid(path, text, f"segment[{i}]: {problem}"))
    return errors
