"""The 409 that an apply without force gets."""

from __future__ import annotations

from ..errors import StatusError
from ..field import quote
from . import paths
from .entries import Identity
from .fieldset import Fields, members


class ApplyConflict(StatusError):  # noqa: N818
    """`found` holds, for each other manager, the fields it owns that the configuration would change."""

    def __init__(self, found: dict[Identity, Fields]) -> None:
        self.found = found
        rows = [
            (identity, paths.show(path))
            for identity in sorted(found, key=Identity.encoded)
            for path in members(found[identity], paths.order)
        ]
        causes = [
            {
                "reason": "FieldManagerConflict",
                "message": f"conflict with {_name(identity)}",
                "field": path,
            }
            for identity, path in rows
        ]
        super().__init__(409, "Conflict", _message(rows), {"causes": causes})


def _name(identity: Identity) -> str:
    text = quote(identity.manager)
    if identity.subresource:
        text += f" with subresource {quote(identity.subresource)}"
    return f"{text} using {identity.api_version}" if identity.operation == "Update" else text


def _message(rows: list[tuple[Identity, str]]) -> str:
    if len(rows) == 1:
        return f"Apply failed with 1 conflict: conflict with {_name(rows[0][0])}: {rows[0][1]}"
    lines: list[str] = []
    last: Identity | None = None
    for identity, path in rows:
        if identity != last:
            lines.append(f"conflicts with {_name(identity)}:")
            last = identity
        lines.append(f"- {path}")
    return f"Apply failed with {len(rows)} conflicts: " + "\n".join(lines)
