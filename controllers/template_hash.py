"""Upstream's name for a pod template: the label of a Deployment's ReplicaSets and a DaemonSet's revisions.

FNV-1a, 32 bits, over Go's print-out of the template and the collision count, in the alphabet of generated
names. It is computed when something is named by it, not while comparing templates.
"""

from __future__ import annotations

from typing import Any

from ..apimachinery import godump

ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
PRIME, BASIS = 0x01000193, 0x811C9DC5
_COUNT_BYTES = 8
"""What the collision count takes, of which the first four hold it."""


def template_hash(template: dict[str, Any], collisions: int | None) -> str:
    """The hash of a pod template as the API serves it; `collisions` None when the status counts none."""
    data = godump.dump("v1.PodTemplateSpec", template).encode()
    if collisions is not None:
        data += (collisions & 0xFFFFFFFF).to_bytes(_COUNT_BYTES, "little")
    found = BASIS
    for byte in data:
        found = (found ^ byte) * PRIME & 0xFFFFFFFF
    return encoded(found)


def encoded(number: int) -> str:
    """A number in the alphabet of generated names, which spells no words."""
    return "".join(ALPHABET[ord(digit) % len(ALPHABET)] for digit in str(number))
