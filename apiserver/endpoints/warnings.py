"""`Warning` headers: each text once, and not more than a client can take.

Source: k8s.io/apiserver pkg/endpoints/filters/warning.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
MAX_TOTAL = 4 * 1024
"""Characters of all texts together; beyond it they are shortened."""
MAX_EACH = 256
"""What a shortened text keeps."""


def limited(texts: Iterable[str]) -> list[str]:
    """The texts to send; one with a control character cannot be sent. Once they are too long together each
    is shortened, and when even those are too many, the rest is left out."""
    found = [text for text in dict.fromkeys(texts) if text and not _CONTROL.search(text)]
    if sum(map(len, found)) <= MAX_TOTAL:
        return found
    kept: list[str] = []
    written = 0
    for text in found:
        if written >= MAX_TOTAL:
            break
        kept.append(text[:MAX_EACH])
        written += len(kept[-1])
    return kept


def header(text: str) -> tuple[bytes, bytes]:
    """An RFC 7234 warning header as kubectl reads it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return b"warning", f'299 - "{escaped}"'.encode()
