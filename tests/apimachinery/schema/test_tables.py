"""The tables of facts agree with each other and with the package they come from."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
from wherry.apimachinery.schema import facts
from wherry.apimachinery.schema.build import definition_node

GENERATOR = Path(__file__).parents[3] / "scripts/generate_schemas.py"


def test_every_definition_has_the_same_fields_in_both_tables() -> None:
    tables = facts.load()
    for name, structure in tables.structure.items():
        assert {line.field for line in tables.layout(name)} == set(structure["fields"]), name


def test_defaults_are_for_fields_that_exist() -> None:
    tables = facts.load()
    for name, defaults in tables.defaults.items():
        fields = tables.structure[name]["fields"]
        assert {field.partition(".")[0] for field in defaults} <= set(fields), name


def test_every_definition_can_be_built() -> None:
    for name in facts.load().structure:
        assert definition_node(name).type == "object"


def test_the_structure_is_what_the_generator_writes() -> None:
    pytest.importorskip("kubernetes_validate", reason="a development dependency")
    module = runpy.run_path(str(GENERATOR))
    assert module["build"]() == module["TARGET"].read_text()
