"""The options of a write, from query and body, checked as meta/v1 validation does."""

from __future__ import annotations

from typing import Any, NamedTuple

from ...apimachinery import errors, field, strconv
from ...apimachinery.field import FieldError
from ..registry.validation.metadata import MAX_MANAGER_BYTES, manager_errors
from .exchange import Request

VALIDATIONS = ("", "Ignore", "Strict", "Warn")
POLICIES = ("Foreground", "Background", "Orphan")


class WriteOptions(NamedTuple):
    dry_run: bool
    manager: str
    validation: str
    force: bool

    def given(self) -> dict[str, Any]:
        """CreateOptions or UpdateOptions (a patch has those too) without kind: what admission is shown."""
        if self is _PLAIN:
            return {}
        found = {
            "dryRun": ["All"] if self.dry_run else None,
            "fieldManager": self.manager,
            "fieldValidation": self.validation,
        }
        return {name: value for name, value in found.items() if value}


def parse_int(text: str) -> int:
    """A number of 64 bits. 400 with Go's words for what is none."""
    try:
        return strconv.parse_int(text)
    except ValueError as error:
        raise errors.bad_request(str(error)) from None


def parse_bool(text: str) -> bool:
    """Upstream's query booleans: everything is true but "0" and "false" in any case."""
    return text.lower() not in ("0", "false")


def dry_run_errors(values: list[str]) -> list[FieldError]:
    if all(v == "All" for v in values):
        return []
    return [field.not_supported("dryRun", values, ["All"])]


_PLAIN = WriteOptions(False, "", "", False)


def write(request: Request, kind: str, apply: bool = False) -> WriteOptions:
    """Options of a create, update or patch (`kind` is CreateOptions …). Raises 422."""
    if not request.query and not apply:
        return _PLAIN
    dry = request.query.get("dryRun", [])
    manager, validation = request.arg("fieldManager"), request.arg("fieldValidation")
    problems = []
    if kind == "PatchOptions" and apply and not manager:
        problems.append(field.required("fieldManager", "is required for apply patch"))
    force = request.query.get("force")
    if kind == "PatchOptions" and not apply and force is not None:
        problems.append(field.forbidden("force", "may not be specified for non-apply patch"))
    problems += manager_errors(manager, "fieldManager") + dry_run_errors(dry)
    if validation not in VALIDATIONS:
        problems.append(field.not_supported("fieldValidation", validation, VALIDATIONS))
    if problems:
        raise errors.invalid("meta.k8s.io", kind, "", problems)
    return WriteOptions(bool(dry), manager, validation, parse_bool(force[0]) if force else False)


def manager(request: Request, options: WriteOptions) -> str:
    """The field manager's name: the parameter, or the User-Agent up to its first slash."""
    if options.manager:
        return options.manager
    agent = request.headers.get(b"user-agent", b"").decode("latin-1").split("/", 1)[0]
    if not agent:
        return "unknown"
    return "".join(c for c in agent if c.isprintable())[:MAX_MANAGER_BYTES]


def delete_from_query(request: Request) -> dict[str, Any]:
    """DeleteOptions as the query gives them. 400 for numbers that are none."""
    out: dict[str, Any] = {}
    if not request.query:
        return out
    if "gracePeriodSeconds" in request.query:
        out["gracePeriodSeconds"] = parse_int(request.arg("gracePeriodSeconds"))
    if "propagationPolicy" in request.query:
        out["propagationPolicy"] = request.arg("propagationPolicy")
    if "orphanDependents" in request.query:
        out["orphanDependents"] = parse_bool(request.arg("orphanDependents"))
    if "dryRun" in request.query:
        out["dryRun"] = request.query["dryRun"]
    preconditions = {name: request.arg(name) for name in ("uid", "resourceVersion") if name in request.query}
    if preconditions:
        out["preconditions"] = preconditions
    return out


def check_delete(options: dict[str, Any]) -> None:
    """422 for a DeleteOptions that contradicts itself."""
    problems = []
    policy = options.get("propagationPolicy")
    if policy is not None and options.get("orphanDependents") is not None:
        text = "orphanDependents and deletionPropagation cannot be both set"
        problems.append(field.invalid("propagationPolicy", policy, text))
    elif policy is not None and policy not in POLICIES:
        problems.append(field.not_supported("propagationPolicy", policy, (*POLICIES, "nil")))
    problems += dry_run_errors(options.get("dryRun") or [])
    if problems:
        raise errors.invalid("meta.k8s.io", "DeleteOptions", "", problems)
