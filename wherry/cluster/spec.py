"""What `wherry up` was asked for, and the addresses that follow from it (DESIGN §7)."""

from __future__ import annotations

from ipaddress import ip_network
from itertools import islice
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field

SLOTS = 16
NODE_CIDR_MASK = 24
NODE_RANGES = 2**11
"""How many nodes the pods' addresses of a slot suffice for."""


class ClusterSpec(BaseModel):
    """One local cluster. `slot` keeps clusters apart that live side by side on a machine."""

    name: str
    data_dir: Path
    nodes: int = 1
    runtime: Literal["process", "simulated"] = "process"
    port: int = 6443
    bind: str = "127.0.0.1"
    storage: Literal["sqlite", "memory"] = "sqlite"
    controllers: list[str] = Field(default_factory=lambda: ["*"])
    max_requests_inflight: int = 400
    max_mutating_requests_inflight: int = 200
    enable_priority_and_fairness: bool = True
    enable_admission_plugins: list[str] = Field(default_factory=list)
    disable_admission_plugins: list[str] = Field(default_factory=list)
    request_timeout: float = 60.0
    time_scale: float = 1.0
    slot: int = 0
    service_range: str = ""
    """ClusterIPs to use instead of the slot's; only with loopback addresses do they reach their pods."""
    token_auth_file: Path | None = None
    admission_config: Path | None = None
    """An AdmissionConfiguration."""
    scheduler_config: Path | None = None
    """A KubeSchedulerConfiguration."""

    @property
    def node_names(self) -> list[str]:
        return [f"node-{i}" for i in range(1, self.nodes + 1)]

    @property
    def node_ips(self) -> list[str]:
        """127.(16+slot).x.y, counted from .0.1."""
        return [f"127.{16 + self.slot}.{i // 256}.{i % 256}" for i in range(1, self.nodes + 1)]

    @property
    def internal(self) -> str:
        """The API server's address inside the cluster."""
        return f"127.{16 + self.slot}.255.254"

    @property
    def service_cidr(self) -> str:
        return self.service_range or f"127.{48 + self.slot}.0.0/16"

    @property
    def dns_ip(self) -> str:
        return ".".join([*self.service_cidr.split(".")[:3], "10"])

    @property
    def pod_cidr(self) -> str:
        """Simulated nodes may be more than have room there; nothing listens on their pods' addresses, which
        are then of the range that is reserved and belongs to nobody (RFC 1112)."""
        if self.runtime == "simulated" and self.nodes > NODE_RANGES:
            return f"{240 + self.slot}.0.0.0/8"
        return f"127.{64 + 8 * self.slot}.0.0/13"

    @property
    def pod_cidrs(self) -> list[str]:
        """One per node, in turn."""
        subnets = ip_network(self.pod_cidr).subnets(new_prefix=NODE_CIDR_MASK)
        return [str(subnet) for subnet in islice(subnets, self.nodes)]

    @property
    def server(self) -> str:
        host = "127.0.0.1" if self.bind in ("0.0.0.0", "::") else self.bind
        return f"https://{host}:{self.port}"
