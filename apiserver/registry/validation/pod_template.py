"""Pod templates: labels, annotations and spec of pods to come."""

from __future__ import annotations

from ....apimachinery import field
from .common import Errors, Object
from .containers import validate_init_resizes
from .metadata import validate_annotations, validate_labels
from .pod_annotations import validate_pod_annotations, validate_profiles_agree
from .pod_spec import validate_pod_spec


def validate_pod_template_spec(template: Object, path: str) -> Errors:
    """A template inside another kind; `path` is the template's (for example `spec.template`)."""
    meta, spec = template.get("metadata") or {}, template.get("spec") or {}
    annotations = meta.get("annotations")
    errors: Errors = []
    if meta.get("labels"):
        errors += validate_labels(meta["labels"], f"{path}.labels")
    if annotations:
        errors += validate_annotations(annotations, f"{path}.annotations")
        errors += validate_pod_annotations(annotations, spec, f"{path}.annotations")
    errors += validate_pod_spec(spec, f"{path}.spec") + validate_init_resizes(spec, f"{path}.spec")
    errors += validate_profiles_agree(annotations, spec, f"{path}.spec")
    if spec.get("ephemeralContainers"):
        why = "ephemeral containers not allowed in pod template"
        errors.append(field.forbidden(f"{path}.spec.ephemeralContainers", why))
    return errors
