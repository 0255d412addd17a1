"""Table columns of the coordination kinds, as clients of upstream receive them."""

from __future__ import annotations

from ..resource import AGE, NAME, Column

LEASES = (
    NAME,
    Column(
        "Holder",
        "string",
        "",
        (
            "holderIdentity contains the identity of the holder of a current lease. If Coordinated "
            "Leader Election is used, the holder identity must be equal to the elected "
            "LeaseCandidate.metadata.name field."
        ),
    ),
    AGE,
)
