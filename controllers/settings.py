"""The settings of `wherry controllers`; names and defaults are kube-controller-manager's flags."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Settings(BaseModel):
    kubeconfig: str = ""
    controllers: list[str] = Field(default_factory=lambda: ["*"])
    """`*` is every controller that is on by default, NAME one more, -NAME one less."""
    leader_elect: bool = False
    identity: str = "wherry-controllers"
    """Of this process in leader election; something unique is added."""
    bind_address: str = "127.0.0.1"
    secure_port: int = 0
    """Of /healthz, /readyz and /metrics (plain HTTP); 0 serves nothing."""
    time_scale: float = 1.0
    root_ca_file: str = ""
    """Published to every namespace as ConfigMap kube-root-ca.crt."""
    service_account_private_key_file: str = ""
    """Signs the tokens in Secrets; without it none are made."""
    cluster_signing_cert_file: str = ""
    cluster_signing_key_file: str = ""
    """The authority that signs CertificateSigningRequests; without it none are signed."""
    cluster_signing_duration: float = 31536000.0
    """Seconds for which a certificate is valid that does not ask for less."""
    cluster_cidr: str = "127.64.0.0/13"
    node_cidr_mask_size: int = 24
    node_monitor_period: float = 5.0
    node_monitor_grace_period: float = 40.0
    """Seconds without a heartbeat after which a node is Unknown (upstream's default is 50)."""
    node_startup_grace_period: float = 60.0
    node_eviction_rate: float = 0.1
    """Nodes of a zone that are emptied per second."""
    secondary_node_eviction_rate: float = 0.01
    """The same in a large zone of which much is down; in a small one it is 0."""
    large_cluster_size_threshold: int = 50
    unhealthy_zone_threshold: float = 0.55
    """The share of nodes that are not ready from which on much of a zone is down."""
    terminated_pod_gc_threshold: int = 12500
    horizontal_pod_autoscaler_sync_period: float = 15.0
    horizontal_pod_autoscaler_downscale_stabilization: float = 300.0
    """Seconds for which the highest recommendation counts, unless the autoscaler names another window."""
    horizontal_pod_autoscaler_tolerance: float = 0.1
    horizontal_pod_autoscaler_cpu_initialization_period: float = 300.0
    horizontal_pod_autoscaler_initial_readiness_delay: float = 30.0
    legacy_service_account_token_clean_up_period: float = 31536000.0
    """Seconds for which an account's long-lived token is not used before it is marked, then deleted."""
    concurrent_syncs: int = 5
    seed: int | None = None
    """Of the random names; None: different each time."""
    namespace_deletion_grace_period: float = 5.0
    """Seconds between a namespace's deletion and its emptying, so that every API server has heard of it."""
