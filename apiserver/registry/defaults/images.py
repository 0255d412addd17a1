"""Image references: which tag they name, and how often that means to pull."""

from __future__ import annotations

import re
from functools import lru_cache

_LABEL = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_HOST = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?"
_PART = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_REFERENCE = re.compile(rf"(?:{_HOST}/)?{_PART}(?:/{_PART})*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}})?")
"""A reference without digest, by the grammar of distribution's `reference`."""


@lru_cache(maxsize=4096)
def pull_policy(image: str) -> str:
    """`Always` for the tag latest (or none), else `IfNotPresent`; a digest pins the image, and what is no
    reference names no tag."""
    if "@" in image or not _REFERENCE.fullmatch(image):
        return "IfNotPresent"
    name, colon, tag = image.rpartition(":")
    if not colon or not name or "/" in tag:
        return "Always"
    return "Always" if tag == "latest" else "IfNotPresent"
