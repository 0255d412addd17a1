"""Writes apimachinery/godump/data/types.txt: the Go declarations behind a pod template.

    python scripts/generate_go_types.py CORE_V1_TYPES.go META_V1_TYPES.go

The arguments are `core/v1/types.go` of the Kubernetes API module and `pkg/apis/meta/v1/types.go` of
apimachinery at the release Wherry serves. Only facts are kept: names of types, fields and JSON keys, in their
order.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

OUT = Path(__file__).parent.parent / "apimachinery" / "godump" / "data" / "types.txt"
ROOT = "v1.PodTemplateSpec"
STRUCT = re.compile(r"^type (\w+) struct \{(.*?)^\}", re.M | re.S)
NAMED = re.compile(r"^type (\w+) ([^\s{]+)( //.*)?$", re.M)
FIELD = re.compile(r'^\t(?:(\w+)[ \t]+)?([\w.*\[\]]+)[ \t]+`[^`]*json:"([^",]*)[^`]*`', re.M)
BASIC = {"string", "bool", "int32", "int64", "uint32", "byte"}
PACKAGES = {"metav1": "v1"}
"""The names that the files import packages by, where Go prints another."""
ELSEWHERE = {"types.UID": "string"}
BY_HAND = {"v1.Time", "v1.FieldsV1", "resource.Quantity", "intstr.IntOrString"}
"""Types that JSON shows otherwise than by their fields: `special.py` knows them."""
WORD = re.compile(r"[A-Za-z_][\w.]*")


def qualified(kind: str) -> str:
    """A type as Go's reflection prints it."""
    return WORD.sub(lambda match: _word(match.group()), kind)


def _word(word: str) -> str:
    package, dot, name = word.partition(".")
    if dot:
        return f"{PACKAGES.get(package, package)}.{name}"
    return word if word in BASIC or word == "map" else f"v1.{word}"


def fields(body: str) -> list[str]:
    return [
        f"{name or kind.rpartition('.')[2]}={key}:{qualified(kind)}"
        for name, kind, key in FIELD.findall(body)
    ]


def declared(paths: list[Path]) -> dict[str, str]:
    """Type → the fields of a struct, or `=` and the type behind a name. The first declaration counts."""
    found: dict[str, str] = dict(ELSEWHERE)
    found = {name: f"={kind}" for name, kind in found.items()}
    for text in (path.read_text() for path in paths):
        for name, body in STRUCT.findall(text):
            found.setdefault(f"v1.{name}", " ".join(fields(body)))
        for name, kind, _ in NAMED.findall(text):
            found.setdefault(f"v1.{name}", f"={qualified(kind)}")
    return found


def reachable(found: dict[str, str], name: str, seen: set[str]) -> None:
    seen.add(name)
    line = found[name]
    kinds = [line[1:]] if line.startswith("=") else [field.partition(":")[2] for field in line.split()]
    for word in (word for kind in kinds for word in WORD.findall(kind)):
        if word not in seen and word not in BASIC | BY_HAND | {"map"}:
            reachable(found, word, seen)


def main() -> None:
    found = declared([Path(name) for name in sys.argv[1:]])
    seen: set[str] = set()
    reachable(found, ROOT, seen)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text("".join(f"{name} {found[name]}\n" for name in sorted(seen)))
    print(f"{len(seen)} types, {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
