"""Who owns which field: `metadata.managedFields`, and server-side apply.

Pure functions on JSON objects and schema nodes; no storage, no HTTP, no clock. Source: structured-merge-diff
v6 and apimachinery `pkg/util/managedfields`.

A set of fields is kept in its serialized form, FieldsV1: a dict from path element (`f:name`,
`k:{"name":"a"}`, `v:"x"`) to the set below it, where an empty dict is a member and `.` marks a member that
has members below.
"""

from .apply import apply, show_kind, show_object
from .scale import from_scale, to_scale
from .write import NoVersionError, after_write, user_agent_manager

__all__ = [
    "NoVersionError",
    "after_write",
    "apply",
    "from_scale",
    "show_kind",
    "show_object",
    "to_scale",
    "user_agent_manager",
]
