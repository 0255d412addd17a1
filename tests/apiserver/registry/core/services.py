"""The kind Service in a cluster with addresses to give, and small ones."""

from __future__ import annotations

import random
from typing import Any

from wherry.apiserver.registry.core.allocation import ServicePools

from ...readers import MapReader
from ..drive import Kind

SERVICE = Kind("", "v1", "Service")
SERVICE.context = SERVICE.context._replace(
    pools=ServicePools("10.0.0.0/16", (30000, 32767), MapReader(), random.Random(1))
)


def service(**spec: Any) -> dict[str, Any]:
    return {"spec": {"ports": [{"port": 80}], **spec}}
