"""Label selectors."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apiserver.registry.validation.selectors import validate_label_selector

LABEL_SELECTOR: dict[str, tuple[Any, list[str]]] = {
    "none": (None, []),
    "labels and expressions": (
        {"matchLabels": {"a": "b"}, "matchExpressions": [{"key": "c", "operator": "In", "values": ["d"]}]},
        [],
    ),
    "bad label": (
        {"matchLabels": {"a": "b c"}},
        [
            (
                'selector.matchLabels: Invalid value: "b c": a valid label must be an '
                "empty string or consist of alphanumeric characters, '-', '_' or '.', "
                "and must start and end with an alphanumeric character (e.g. 'MyValue',  "
                "or 'my_value',  or '12345', regex used for validation is "
                "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
            )
        ],
    ),
    "no values": (
        {"matchExpressions": [{"key": "a", "operator": "NotIn"}]},
        [
            (
                "selector.matchExpressions[0].values: Required value: must be specified "
                "when `operator` is 'In' or 'NotIn'"
            )
        ],
    ),
    "values for existence": (
        {"matchExpressions": [{"key": "a", "operator": "DoesNotExist", "values": ["b"]}]},
        [
            (
                "selector.matchExpressions[0].values: Forbidden: may not be specified "
                "when `operator` is 'Exists' or 'DoesNotExist'"
            )
        ],
    ),
    "unknown operator": (
        {"matchExpressions": [{"key": "a", "operator": "Gt", "values": ["1"]}]},
        [('selector.matchExpressions[0].operator: Invalid value: "Gt": not a valid selector operator')],
    ),
    "bad key": (
        {"matchExpressions": [{"key": "", "operator": "Exists"}]},
        [
            ('selector.matchExpressions[0].key: Invalid value: "": name part must be non-empty'),
            (
                'selector.matchExpressions[0].key: Invalid value: "": name part must '
                "consist of alphanumeric characters, '-', '_' or '.', and must start and "
                "end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or "
                "'123-abc', regex used for validation is "
                "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
            ),
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), LABEL_SELECTOR.values(), ids=LABEL_SELECTOR)
def test_label_selector(given: Any, problems: list[str]) -> None:
    assert [str(error) for error in validate_label_selector(given, "selector")] == problems
