"""API errors: one exception that is a Kubernetes `Status`, and a constructor per reason.

Source: meta/v1 `Status` and `StatusReason`, API conventions. Codes, reasons and message texts are upstream's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .field import FieldError, quote

MOST_PROBLEMS = 1_000
"""How many problems of one object are told: a small body can have millions."""


class StatusError(Exception):
    """A request that failed; `status()` is the body a client receives."""

    def __init__(self, code: int, reason: str, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details
        self.headers: dict[str, str] = {}
        self.list_meta: dict[str, Any] = {}
        """ListMeta of the Status: a fresh continue token of an expired list."""
        self.warnings: list[str] = []
        """`Warning` headers to send with it."""

    def status(self) -> dict[str, Any]:
        """The `v1.Status` object, in upstream's key order; empty details are left out."""
        body: dict[str, Any] = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": self.list_meta,
            "status": "Failure",
            "message": self.message,
        }
        if self.reason:
            body["reason"] = self.reason
        if self.details is not None:
            body["details"] = self.details
        body["code"] = self.code
        return body

    @classmethod
    def from_status(cls, status: dict[str, Any], code: int = 500) -> StatusError:
        """The error a client rebuilds from a received `Status`."""
        return cls(
            status.get("code") or code,
            status.get("reason") or "",
            status.get("message") or "",
            status.get("details"),
        )


def is_reason(error: BaseException, *reasons: str) -> bool:
    """Whether `error` is a StatusError with one of `reasons` (for example "NotFound")."""
    return isinstance(error, StatusError) and error.reason in reasons


def qualified(group: str, resource: str) -> str:
    """`deployments.apps`; the core group has no suffix."""
    return f"{resource}.{group}" if group else resource


def _details(group: str, kind: str, name: str, **more: Any) -> dict[str, Any]:
    out: dict[str, Any] = {}
    if name:
        out["name"] = name
    if group:
        out["group"] = group
    if kind:
        out["kind"] = kind
    out.update({k: v for k, v in more.items() if v})
    return out


def not_found(group: str, resource: str, name: str) -> StatusError:
    message = f"{qualified(group, resource)} {quote(name)} not found"
    return StatusError(404, "NotFound", message, _details(group, resource, name))


def already_exists(group: str, resource: str, name: str) -> StatusError:
    message = f"{qualified(group, resource)} {quote(name)} already exists"
    return StatusError(409, "AlreadyExists", message, _details(group, resource, name))


def conflict(group: str, resource: str, name: str, why: str) -> StatusError:
    message = f"Operation cannot be fulfilled on {qualified(group, resource)} {quote(name)}: {why}"
    return StatusError(409, "Conflict", message, _details(group, resource, name))


def modified(group: str, resource: str, name: str) -> StatusError:
    """The conflict of a stale resourceVersion."""
    why = "the object has been modified; please apply your changes to the latest version and try again"
    return conflict(group, resource, name, why)


def invalid(group: str, kind: str, name: str, errors: Sequence[FieldError]) -> StatusError:
    """422 with one cause per field error; several are joined as `[a, b]`. Of more than MOST_PROBLEMS the last
    one says that there are more."""
    if len(errors) > MOST_PROBLEMS:
        more = FieldError(
            "FieldValueTooMany", "", f"Too many problems: only the first {MOST_PROBLEMS} are shown"
        )
        errors = [*errors[:MOST_PROBLEMS], more]
    texts = list(dict.fromkeys(str(error) for error in errors))
    text = texts[0] if len(texts) == 1 else "[" + ", ".join(texts) + "]"
    message = (
        f"{qualified(group, kind)} {quote(name)} is invalid: {text}"
        if texts
        else (f"{qualified(group, kind)} {quote(name)} is invalid")
    )
    causes = [error.cause() for error in errors]
    return StatusError(422, "Invalid", message, _details(group, kind, name, causes=causes))


def bad_request(message: str) -> StatusError:
    return StatusError(400, "BadRequest", message)


def unauthorized() -> StatusError:
    return StatusError(401, "Unauthorized", "Unauthorized")


def forbidden(group: str, resource: str, name: str, why: str) -> StatusError:
    target = (
        f"{qualified(group, resource)} {quote(name)} is forbidden"
        if name and resource
        else (f"{qualified(group, resource)} is forbidden" if resource else "forbidden")
    )
    return StatusError(403, "Forbidden", f"{target}: {why}", _details(group, resource, name))


def not_acceptable(types: Sequence[str]) -> StatusError:
    message = "only the following media types are accepted: " + ", ".join(types)
    return StatusError(406, "NotAcceptable", message)


def unsupported_media_type(types: Sequence[str]) -> StatusError:
    message = "the body of the request was in an unknown format - accepted media types include: "
    return StatusError(415, "UnsupportedMediaType", message + ", ".join(types))


def expired(message: str) -> StatusError:
    return StatusError(410, "Expired", message)


def too_large(message: str) -> StatusError:
    return StatusError(413, "RequestEntityTooLarge", message)


def too_many_requests(message: str, retry_after: int = 1) -> StatusError:
    error = StatusError(429, "TooManyRequests", message, {"retryAfterSeconds": retry_after})
    error.headers["Retry-After"] = str(retry_after)
    return error


def internal(message: str) -> StatusError:
    details = {"causes": [{"message": message}]}
    return StatusError(500, "InternalError", f"Internal error occurred: {message}", details)


def service_unavailable(message: str) -> StatusError:
    return StatusError(503, "ServiceUnavailable", message)


def timeout(message: str, retry_after: int = 0) -> StatusError:
    details = {"retryAfterSeconds": retry_after} if retry_after else {}
    error = StatusError(504, "Timeout", f"Timeout: {message}", details)
    if retry_after:
        error.headers["Retry-After"] = str(retry_after)
    return error
