"""What selectors of devices may cost at worst. The numbers are upstream's."""

from __future__ import annotations

import pytest
from wherry.apimachinery.cel import devices, program


@pytest.mark.parametrize(
    ("expression", "cost"),
    [
        ('"no-such-domain" in device.attributes', 3),
        ('device.driver == ""', 2),
        ('device.driver == "dra.example.com"', 4),
        ('device.attributes["dra.example.com"].name', 4),
        ('device.attributes["dra.example.com"]["name"]', 4),
        ('cel.bind(dra, device.attributes["dra.example.com"], dra.name)', 15),
        ('device.attributes["dra.example.com"].name > 0', 5),
        ('device.attributes["dra.example.com"].name == "fish"', 5),
        ('device.attributes["no-such-domain"].noSuchAttr.isGreaterThan(quantity("0"))', 6),
    ],
)
def test_the_price_of_a_selector(expression: str, cost: int) -> None:
    tree = program.compile(expression, devices.VARIABLES, bindings=True).tree
    assert devices.worst_cost(tree) == cost
