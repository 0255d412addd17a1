"""Table columns of the policy kinds, as clients of upstream receive them."""

from __future__ import annotations

from ..resource import AGE, NAME, Column

PODDISRUPTIONBUDGETS = (
    NAME,
    Column("Min Available", "string", "", "The minimum number of pods that must be available."),
    Column("Max Unavailable", "string", "", "The maximum number of pods that may be unavailable."),
    Column(
        "Allowed Disruptions",
        "integer",
        "",
        "Calculated number of pods that may be disrupted at this time.",
    ),
    AGE,
)
