"""Writes apimachinery/protobuf/data/fields.txt: field numbers and types of the served kinds' messages.

    python scripts/generate_protobuf.py PROTO_FILE…

The arguments are `generated.proto` files of the Kubernetes API modules (api, apimachinery,
apiextensions-apiserver, kube-aggregator) at the release Wherry serves, each beside its `generated.pb.go`,
which says which fields are left out when Go holds nil. Only facts are kept: names, numbers, types.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

OUT = Path(__file__).parent.parent / "apimachinery" / "protobuf" / "data" / "fields.txt"
SCALARS = {"string": "", "bytes": "y", "bool": "b", "int32": "i", "int64": "i", "double": "d", "uint32": "i"}
PACKAGE = re.compile(r"^package ([\w.]+);", re.M)
MESSAGE = re.compile(r"^message (\w+) \{(.*?)^\}", re.M | re.S)
FIELD = re.compile(r"^\s*(optional|repeated|map<string, ([.\w]+)>) ?([.\w]*) (\w+) = (\d+)", re.M)
PREFIXES = (
    ("k8s.io.api.", ""),
    ("k8s.io.apimachinery.pkg.apis.", ""),
    ("k8s.io.apimachinery.pkg.api.", ""),
    ("k8s.io.apimachinery.pkg.util.", ""),
    ("k8s.io.apimachinery.pkg.", ""),
    ("k8s.io.apiextensions_apiserver.pkg.apis.", ""),
    ("k8s.io.kube_aggregator.pkg.apis.", ""),
)
SIZE = re.compile(r"^func \(m \*(\w+)\) Size\(\) .*?^\}", re.M | re.S)
UNMARSHAL = re.compile(r"^func \(m \*(\w+)\) Unmarshal\(.*?^\}", re.M | re.S)
CASE = re.compile(r'^\t\tcase (\d+):\n\t\t\tif wireType.*\n.*for field (\w+)"', re.M)
NIL = re.compile(r"^\tif m\.(\w+) != nil \{", re.M)


def short(name: str, package: str) -> str:
    """`core.v1.Container` for a type named in `package`."""
    name = name.lstrip(".")
    if "." not in name:
        name = f"{package}.{name}"
    for prefix, replacement in PREFIXES:
        if name.startswith(prefix):
            return replacement + name[len(prefix) :]
    raise SystemExit(f"unknown package of {name}")


def kind_of(name: str, package: str) -> str:
    return SCALARS[name] if name in SCALARS else short(name, package)


def nilable(go: str) -> dict[str, set[str]]:
    """Message → numbers of the fields that Go leaves out when they are nil."""
    names = {m.group(1): set(NIL.findall(m.group(0))) for m in SIZE.finditer(go)}
    return {
        m.group(1): {number for number, name in CASE.findall(m.group(0)) if name in names.get(m.group(1), ())}
        for m in UNMARSHAL.finditer(go)
    }


def lines(text: str, go: str) -> list[str]:
    found = PACKAGE.search(text)
    assert found
    package = found.group(1)
    optional = nilable(go)
    out = []
    for message, body in MESSAGE.findall(text):
        fields = []
        for label, value, scalar, name, number in FIELD.findall(body):
            mark = "*" if label == "repeated" else "<" if value else ""
            mark = mark or ("?" if number in optional.get(message, ()) else "")
            kind = kind_of(value or scalar, package)
            fields.append(f"{name}={number}{mark}{':' + kind if kind else ''}")
        out.append(" ".join([short(message, package), *fields]))
    return out


def main() -> None:
    paths = [Path(name) for name in sys.argv[1:]]
    found = sorted(
        line for path in paths for line in lines(path.read_text(), path.with_suffix(".pb.go").read_text())
    )
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text("\n".join(found) + "\n")
    print(f"{len(found)} messages, {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
