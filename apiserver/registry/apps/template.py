"""What the workloads of this group share: template defaults, the selector's match, warnings about names."""

from __future__ import annotations

from ....apimachinery import field, labels, names
from ..defaults.pod_spec import default_pod_spec
from ..strategy import Object
from ..validation.common import IMMUTABLE, Errors, invalid_struct
from ..validation.pod_template import validate_pod_template_spec
from ..validation.pod_warnings import template_warnings
from ..validation.selectors import validate_label_selector
from ..validation.values import shown

MISMATCH = "`selector` does not match template `labels`"
POD_NAMES = (
    "metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; "
    "a DNS label is recommended: [{}]"
)


def default_template(spec: Object) -> None:
    """The pod spec of `spec.template`."""
    template = spec.setdefault("template", {})
    default_pod_spec(template.setdefault("spec", {}))


def selector_shown(selector: Object | None) -> str:
    """A LabelSelector as Go prints it: labels, sorted, before expressions."""
    if selector is None:
        return "null"
    parts: Object = {"matchLabels": dict(sorted((selector.get("matchLabels") or {}).items()))}
    parts |= {"matchExpressions": selector.get("matchExpressions")}
    return shown({key: part for key, part in parts.items() if part})


def validate_selector(selector: Object | None, path: str, kind: str) -> Errors:
    """Present, well-formed and not empty."""
    if selector is None:
        return [field.required(path)]
    errors = validate_label_selector(selector, path)
    if not selector.get("matchLabels") and not selector.get("matchExpressions"):
        errors.append(invalid_struct(path, selector_shown(selector), f"empty selector is invalid for {kind}"))
    return errors


def validate_same_selector(new: Object, old: Object) -> Errors:
    """The specs' selectors: a workload keeps the one it was made with."""
    selector = new.get("selector")
    if selector == old.get("selector"):
        return []
    return [invalid_struct("spec.selector", selector_shown(selector), IMMUTABLE)]


def parse_selector(selector: Object | None) -> labels.Selector | None:
    """None when it cannot be understood."""
    try:
        return labels.from_label_selector(selector)
    except ValueError:
        return None


def validate_match(selector: labels.Selector, template: Object, path: str) -> Errors:
    """`path` is the template's."""
    found = (template.get("metadata") or {}).get("labels")
    if selector.empty or selector.matches(found):
        return []
    return [field.invalid(f"{path}.metadata.labels", found or None, MISMATCH)]


def validate_always(template: Object, path: str, kind: str) -> Errors:
    """Pods that are replaced must restart and have no deadline."""
    spec = template.get("spec") or {}
    errors: Errors = []
    if spec.get("restartPolicy") != "Always":
        errors.append(
            field.not_supported(f"{path}.spec.restartPolicy", spec.get("restartPolicy", ""), ["Always"])
        )
    if spec.get("activeDeadlineSeconds") is not None:
        why = f"activeDeadlineSeconds in {kind} is not Supported"
        errors.append(field.forbidden(f"{path}.spec.activeDeadlineSeconds", why))
    return errors


def validate_template(spec: Object, path: str) -> Errors:
    """Template of a ReplicaSet or Deployment, with its selector; `path` is the spec's."""
    selector = parse_selector(spec.get("selector"))
    if selector is None:
        shape = selector_shown(spec.get("selector"))
        return [invalid_struct(f"{path}.selector", shape, "invalid label selector")]
    template, at = spec.get("template") or {}, f"{path}.template"
    errors = validate_match(selector, template, at)
    errors += validate_pod_template_spec(template, at)
    return errors + validate_always(template, at, "ReplicaSet")


def workload_warnings(new: Object, old: Object | None) -> list[str]:
    """About the name of a new workload, and about its template whenever it is to be another."""
    template = new["spec"].get("template") or {}
    if old is None:
        return name_warnings(new) + template_warnings(template, "spec.template")
    return template_warnings(template, "spec.template") if is_next_generation(new, old) else []


def is_next_generation(new: Object, old: Object) -> bool:
    """Whether an update asks for anything new."""
    return bool(new["metadata"].get("generation") != old["metadata"].get("generation"))


def name_warnings(obj: Object) -> list[str]:
    """On creation: names that pods cannot have as host names."""
    messages = names.dns1123_label(obj["metadata"].get("name", ""))
    return [POD_NAMES.format(" ".join(messages))] if messages else []
