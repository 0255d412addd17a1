"""Table columns of the apiregistration kinds, as clients of upstream receive them."""

from __future__ import annotations

from ..resource import AGE, NAME, Column

APISERVICES = (
    NAME,
    Column("Service", "string", "", "The reference to the service that hosts this API endpoint."),
    Column("Available", "string", "", "Whether this service is available."),
    AGE,
)
