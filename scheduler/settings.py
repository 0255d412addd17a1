"""What a scheduler process is told at start."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel


class Settings(BaseModel):
    kubeconfig: Path
    config: Path | None = None
    """A KubeSchedulerConfiguration."""
    scheduler_name: str = "default-scheduler"
    """Pods with this `spec.schedulerName` are ours, unless `config` says whose are."""
    bind_address: str = "127.0.0.1"
    port: int = 0
    """Health and metrics (upstream: 10259); 0 for none."""
    leader_elect: bool = False
    """Whether to ask for the lease first when `config` does not say."""
    identity: str = "wherry"
    """Who we are in leader election and in events."""
    time_scale: float = 1.0
    seed: int | None = None
    """Of the choice among equally good nodes; None for a new one each time."""
