"""What the metrics server is told at start; names and defaults are upstream's flags where it has them."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel


class Settings(BaseModel):
    """`kubeconfig` must allow reading nodes, pods and nodes/proxy, and registering an APIService."""

    kubeconfig: Path
    bind_address: str = "127.0.0.1"
    """Where the API server reaches this process: an address that an EndpointSlice may hold."""
    secure_port: int = 4443
    metric_resolution: float = 15.0
    """Seconds between two readings while somebody asks for them."""
    time_scale: float = 1.0
