"""Who may do what: RBAC, the node authorizer, and the chain of both.

Decisions are synchronous functions of the request's attributes and the watch cache. No HTTP, no writes.
"""

from .attributes import (
    ALLOWED,
    NO_OPINION,
    Attributes,
    Authorizer,
    Decision,
    PodReader,
    forbidden,
    sentence,
)

__all__ = [
    "ALLOWED",
    "NO_OPINION",
    "Attributes",
    "Authorizer",
    "Decision",
    "PodReader",
    "forbidden",
    "sentence",
]
