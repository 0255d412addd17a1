"""Image references: which tag they name, and how often that means to pull."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=4096)
def pull_policy(image: str) -> str:
    """`Always` for the tag latest (or none), else `IfNotPresent`; a digest pins the image."""
    if "@" in image:
        return "IfNotPresent"
    name, colon, tag = image.rpartition(":")
    if not colon or not name or "/" in tag:
        return "Always"
    return "Always" if tag == "latest" else "IfNotPresent"
