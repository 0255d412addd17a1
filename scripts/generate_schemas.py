"""Write the structural facts of the built-in kinds: `apimachinery/schema/data/structure.json`.

Reads the definitions that the development dependency `kubernetes-validate` carries and keeps names, types,
list and merge keys; descriptions are not taken. Run it after raising that dependency's version:

    python scripts/generate_schemas.py [--check]
"""

from __future__ import annotations

import json
import re
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

RELEASE = "v1.36.0-local"
TARGET = Path(__file__).parent.parent / "apimachinery/schema/data/structure.json"
PREFIXES = {
    "io.k8s.api.": "",
    "io.k8s.apimachinery.pkg.apis.": "",
    "io.k8s.apiextensions-apiserver.pkg.apis.": "",
    "io.k8s.kube-aggregator.pkg.apis.": "",
}
SERVED = re.compile(r"^(\w+\.v1|autoscaling\.v2)\.[A-Z]")
STABLE = re.compile(r"^v\d+$")
EXTENSIONS = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1."
SPECIAL = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": "quantity",
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": "int-or-string",
    "io.k8s.apimachinery.pkg.runtime.RawExtension": "raw",
    "io.k8s.apimachinery.pkg.apis.meta.v1.Time": "time",
    "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": "micro-time",
    "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": "fields",
    "io.k8s.apimachinery.pkg.apis.meta.v1.Patch": "",
    f"{EXTENSIONS}JSON": "json",
    f"{EXTENSIONS}JSONSchemaPropsOrArray": "schema-or-array",
    f"{EXTENSIONS}JSONSchemaPropsOrBool": "schema-or-bool",
    f"{EXTENSIONS}JSONSchemaPropsOrStringArray": "schema-or-strings",
}
SCALARS = {"string": "string", "boolean": "bool", "integer": "int64", "number": "double", "object": "any"}
EXTENSIONS = {
    "x-kubernetes-list-type": "list",
    "x-kubernetes-list-map-keys": "keys",
    "x-kubernetes-patch-merge-key": "merge",
    "x-kubernetes-patch-strategy": "strategy",
    "x-kubernetes-map-type": "map",
}


def short(name: str) -> str:
    """`core.v1.Pod` for `io.k8s.api.core.v1.Pod`."""
    for prefix, replacement in PREFIXES.items():
        if name.startswith(prefix):
            return replacement + name.removeprefix(prefix)
    return name


def kind_of(schema: dict[str, Any]) -> str:
    """The JSON type without `null`."""
    declared = schema.get("type", "object")
    return str(declared if isinstance(declared, str) else declared[0])


def expression(schema: dict[str, Any]) -> str:
    """The type as text: `[]core.v1.Container`, `map[string]quantity`, `int32`."""
    if ref := schema.get("$ref"):
        name = ref.removeprefix("#/$defs/")
        return SPECIAL.get(name) or short(name)
    if "items" in schema:
        return "[]" + expression(schema["items"])
    if isinstance(schema.get("additionalProperties"), dict):
        return "map[string]" + expression(schema["additionalProperties"])
    kind = kind_of(schema)
    if kind == "string" and schema.get("format") == "byte":
        return "byte"
    return schema["format"] if kind == "integer" and "format" in schema else SCALARS[kind]


def field_facts(schema: dict[str, Any]) -> str | dict[str, Any]:
    """The type expression alone, or with what else is known of the field."""
    facts = {short_key: schema[key] for key, short_key in EXTENSIONS.items() if key in schema}
    if "strategy" in facts:
        facts["strategy"] = sorted(facts["strategy"].split(","))
    return {"type": expression(schema), **facts} if facts else expression(schema)


def definition(schema: dict[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {
        "fields": {name: field_facts(value) for name, value in sorted(schema.get("properties", {}).items())}
    }
    if schema.get("required"):
        out["required"] = sorted(schema["required"])
    if "x-kubernetes-map-type" in schema:
        out["map"] = schema["x-kubernetes-map-type"]
    if "x-kubernetes-unions" in schema:
        out["unions"] = schema["x-kubernetes-unions"]
    declared = schema.get("x-kubernetes-group-version-kind", [])
    kinds = [k for k in declared if STABLE.match(k["version"])]
    if kinds:
        out["kinds"] = [[k["group"], k["version"], k["kind"]] for k in kinds]
    return out


def build() -> str:
    """The file's text: one definition a line, so that a new release is a readable diff."""
    folder = files("kubernetes_validate") / "kubernetes-json-schema" / RELEASE
    source = json.loads((folder / "_definitions.json").read_text())["$defs"]
    table = {
        short(name): definition(schema)
        for name, schema in sorted(source.items())
        if SERVED.match(short(name)) and name not in SPECIAL
    }
    lines = [f"{json.dumps(name)}:{json.dumps(table[name], separators=(',', ':'))}" for name in sorted(table)]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main() -> int:
    text = build()
    if "--check" in sys.argv:
        return int(TARGET.read_text() != text)
    TARGET.write_text(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
