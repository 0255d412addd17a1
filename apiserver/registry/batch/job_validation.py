"""What makes a Job's spec invalid. Source: batch validation."""

from __future__ import annotations

from ....apimachinery import field, labels
from ..apps.template import parse_selector, selector_shown
from ..strategy import Object
from ..validation.common import Errors, invalid_struct, nonnegative
from ..validation.pod_template import validate_pod_template_spec
from ..validation.selectors import validate_label_selector
from ..validation.values import domain_prefixed_path
from .job_policies import validate_pod_failure_policy, validate_success_policy

MAX_PARALLELISM_INDEXED = 100000
MAX_FAILED_INDEXES = 100000
MANY_COMPLETIONS = 100000
MAX_WHEN_MANY = 10000
MAX_MANAGED_BY = 63
MODES = ("NonIndexed", "Indexed")
REPLACEMENT = ("Failed", "TerminatingOrFailed")
RESTARTS = 'valid values: "OnFailure", "Never"'
COUNTS = ("parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished")
MISMATCH = "`selector` does not match template `labels`"
TOO_MANY = (
    "In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, "
    "Kubernetes might not be able to track completedIndexes when a big number of indexes fail"
)
ONLY_INDEXED = "requires indexed completion mode"


def validate_spec(spec: Object, path: str) -> Errors:
    """The spec of a Job, with its selector."""
    errors = validate_template_spec(spec, path)
    selector = spec.get("selector")
    if selector is None:
        errors.append(field.required(f"{path}.selector"))
    else:
        errors += validate_label_selector(selector, f"{path}.selector")
    try:
        parsed = labels.from_label_selector(selector)
    except ValueError:
        return errors
    found = ((spec.get("template") or {}).get("metadata") or {}).get("labels")
    if not parsed.matches(found):
        errors.append(field.invalid(f"{path}.template.metadata.labels", found or None, MISMATCH))
    return errors


def validate_template_spec(spec: Object, path: str) -> Errors:
    """The part that a CronJob's template has too."""
    errors: Errors = []
    for name in COUNTS:
        if spec.get(name) is not None:
            errors += nonnegative(spec[name], f"{path}.{name}")
    errors += _per_index(spec, path)
    errors += _managed_by(spec.get("managedBy"), f"{path}.managedBy")
    errors += _completion_mode(spec, path)
    if spec.get("podFailurePolicy") is not None:
        errors += validate_pod_failure_policy(spec, f"{path}.podFailurePolicy")
    if spec.get("successPolicy") is not None:
        errors += validate_success_policy(spec, f"{path}.successPolicy", indexed=_indexed(spec))
    errors += _replacement(spec, f"{path}.podReplacementPolicy")
    template = spec.get("template") or {}
    errors += validate_pod_template_spec(template, f"{path}.template")
    return errors + _restart_policy(spec, template, f"{path}.template.spec.restartPolicy")


def _indexed(spec: Object) -> bool:
    return bool(spec.get("completionMode") == "Indexed")


def _per_index(spec: Object, path: str) -> Errors:
    errors: Errors = []
    if spec.get("backoffLimitPerIndex") is not None:
        errors += nonnegative(spec["backoffLimitPerIndex"], f"{path}.backoffLimitPerIndex")
    if spec.get("maxFailedIndexes") is not None:
        errors += nonnegative(spec["maxFailedIndexes"], f"{path}.maxFailedIndexes")
        if spec.get("backoffLimitPerIndex") is None:
            why = "when maxFailedIndexes is specified"
            errors.append(field.required(f"{path}.backoffLimitPerIndex", why))
    return errors


def _managed_by(name: str | None, path: str) -> Errors:
    if name is None:
        return []
    errors = domain_prefixed_path(name, path)
    if len(name) > MAX_MANAGED_BY:
        errors.append(field.too_long(path, MAX_MANAGED_BY))
    return errors


def _completion_mode(spec: Object, path: str) -> Errors:
    mode = spec.get("completionMode")
    errors: Errors = []
    if mode is not None and mode not in MODES:
        errors.append(field.not_supported(f"{path}.completionMode", mode, MODES))
    if mode == "Indexed":
        return errors + _indexed_limits(spec, path)
    if mode not in (None, "NonIndexed"):
        return errors
    for name in ("backoffLimitPerIndex", "maxFailedIndexes"):
        if spec.get(name) is not None:
            errors.append(field.invalid(f"{path}.{name}", spec[name], ONLY_INDEXED))
    return errors


def _indexed_limits(spec: Object, path: str) -> Errors:
    completions, parallelism = spec.get("completions"), spec.get("parallelism")
    most, per_index = spec.get("maxFailedIndexes"), spec.get("backoffLimitPerIndex")
    errors: Errors = []
    if completions is None:
        errors.append(field.required(f"{path}.completions", "when completion mode is Indexed"))
    if parallelism is not None and parallelism > MAX_PARALLELISM_INDEXED:
        why = f"must be less than or equal to {MAX_PARALLELISM_INDEXED} when completion mode is Indexed"
        errors.append(field.invalid(f"{path}.parallelism", parallelism, why))
    if completions is not None and most is not None and most > completions:
        why = "must be less than or equal to completions"
        errors.append(field.invalid(f"{path}.maxFailedIndexes", most, why))
    if most is not None and most > MAX_FAILED_INDEXES:
        why = f"must be less than or equal to {MAX_FAILED_INDEXES}"
        errors.append(field.invalid(f"{path}.maxFailedIndexes", most, why))
    if completions is not None and completions > MANY_COMPLETIONS and per_index is not None:
        errors += _many(most, parallelism, path)
    return errors


def _many(most: int | None, parallelism: int | None, path: str) -> Errors:
    why = (
        f"must be less than or equal to {MAX_WHEN_MANY} when completions are above {MANY_COMPLETIONS} "
        "and used with backoff limit per index"
    )
    errors: Errors = []
    if most is None:
        needed = f"must be specified when completions is above {MANY_COMPLETIONS}"
        errors.append(field.required(f"{path}.maxFailedIndexes", needed))
    if parallelism is not None and parallelism > MAX_WHEN_MANY:
        errors.append(field.invalid(f"{path}.parallelism", parallelism, why))
    if most is not None and most > MAX_WHEN_MANY:
        errors.append(field.invalid(f"{path}.maxFailedIndexes", most, why))
    return errors


def _replacement(spec: Object, path: str) -> Errors:
    policy = spec.get("podReplacementPolicy")
    if policy is None:
        return []
    allowed = REPLACEMENT if spec.get("podFailurePolicy") is None else REPLACEMENT[:1]
    return [] if policy in allowed else [field.not_supported(path, policy, allowed)]


def _restart_policy(spec: Object, template: Object, path: str) -> Errors:
    policy = (template.get("spec") or {}).get("restartPolicy", "")
    if policy in ("", "Always"):
        return [field.required(path, RESTARTS)]
    if policy not in ("OnFailure", "Never"):
        return [field.not_supported(path, policy, ("OnFailure", "Never"))]
    if spec.get("podFailurePolicy") is not None and policy != "Never":
        why = 'only "Never" is supported when podFailurePolicy is specified'
        return [field.invalid(path, policy, why)]
    return []


def validate_generated_selector(obj: Object, expected: dict[str, str]) -> Errors:
    """What the server generated must still be there: the template labels `expected`, and a selector that
    they match."""
    spec = obj.get("spec") or {}
    selector = spec.get("selector")
    if spec.get("manualSelector") or selector is None:
        return []
    found = ((spec.get("template") or {}).get("metadata") or {}).get("labels") or {}
    errors: Errors = []
    for key, value in expected.items():
        at = f"spec.template.metadata.labels[{key}]"
        if key not in found:
            errors.append(field.required(at, f"must be '{value}'"))
        elif found[key] != value:
            errors.append(field.invalid(at, found, f"must be '{value}'"))
    parsed = parse_selector(selector)
    if parsed is not None and not parsed.matches(expected):
        why = "`selector` not auto-generated"
        errors.append(invalid_struct("spec.selector", selector_shown(selector), why))
    return errors


def many_warnings(spec: Object, path: str) -> list[str]:
    """About more indexes at a time than a Job's status can keep apart."""
    many = spec.get("completions", 0) > MANY_COMPLETIONS and spec.get("parallelism", 0) > MAX_WHEN_MANY
    return [f"{path}: {TOO_MANY}"] if many and spec.get("completionMode") == "Indexed" else []
