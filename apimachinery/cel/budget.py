"""What evaluating may cost. The unit is upstream's: about 50 ns of a machine of 2020.

Source: k8s.io/apiserver/pkg/apis/cel/config.go.
"""

from __future__ import annotations

PER_CALL = 1_000_000
"""One evaluation."""
TOTAL = 10_000_000
"""All rules of a custom resource; all expressions of a policy's binding."""
MATCH_CONDITIONS = 2_500_000
"""The matchConditions of one webhook or binding."""
MAX_REQUEST = 3 * 1024 * 1024
"""Bytes that one request may have."""


class Budget:
    """What several evaluations may cost together; `left` below zero means it is spent."""

    __slots__ = ("left",)

    def __init__(self, total: int = TOTAL) -> None:
        self.left = total
