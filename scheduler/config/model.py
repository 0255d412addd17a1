"""The fields of a KubeSchedulerConfiguration, version v1, with upstream's defaults.

Source: k8s.io/kube-scheduler/config/v1. Durations are read from Go's text (`15s`) and held as seconds; what
is None was not given.
"""

from __future__ import annotations

import base64
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from ...apimachinery import duration

API_GROUP = "kubescheduler.config.k8s.io"
API_VERSION = f"{API_GROUP}/v1"
KIND = "KubeSchedulerConfiguration"


def _seconds(value: Any) -> float:
    if not isinstance(value, str):
        raise ValueError("expected a duration such as 15s")
    return duration.parse(value)


Seconds = Annotated[float, BeforeValidator(_seconds)]


def _decoded(value: Any) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (ValueError, TypeError):
        raise ValueError("illegal base64 data") from None


Data = Annotated[bytes, BeforeValidator(_decoded)]
"""Bytes that are written in base64."""


class Part(BaseModel):
    """Strict as upstream: unknown fields and wrong types are errors. `null` is as if a field were absent."""

    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", strict=True, populate_by_name=True, defer_build=True
    )


class Plugin(Part):
    name: str = ""
    weight: int = 0
    """Of its score; 0 means 1."""


class PluginSet(Part):
    enabled: list[Plugin] = []
    disabled: list[Plugin] = []
    """By name, or `*` for every default."""


class Plugins(Part):
    """What is changed of the default plug-ins, for each extension point."""

    pre_enqueue: PluginSet = PluginSet.model_construct()
    queue_sort: PluginSet = PluginSet.model_construct()
    pre_filter: PluginSet = PluginSet.model_construct()
    filter: PluginSet = PluginSet.model_construct()
    post_filter: PluginSet = PluginSet.model_construct()
    pre_score: PluginSet = PluginSet.model_construct()
    score: PluginSet = PluginSet.model_construct()
    reserve: PluginSet = PluginSet.model_construct()
    permit: PluginSet = PluginSet.model_construct()
    pre_bind: PluginSet = PluginSet.model_construct()
    bind: PluginSet = PluginSet.model_construct()
    post_bind: PluginSet = PluginSet.model_construct()
    multi_point: PluginSet = PluginSet.model_construct()


class PluginConfig(Part):
    name: str = ""
    args: dict[str, Any] | None = None


class Profile(Part):
    """One `schedulerName`."""

    scheduler_name: str | None = None
    percentage_of_nodes_to_score: int | None = None
    plugins: Plugins = Plugins.model_construct()
    plugin_config: list[PluginConfig] = []


class LeaderElection(Part):
    leader_elect: bool | None = None
    """None leaves it to how the process was started."""
    lease_duration: Seconds = 15.0
    renew_deadline: Seconds = 10.0
    retry_period: Seconds = 2.0
    resource_lock: str = "leases"
    resource_name: str = "kube-scheduler"
    resource_namespace: str = "kube-system"


class ClientConnection(Part):
    """`kubeconfig` is ours to use; the rest is accepted, our clients have no rate of their own."""

    kubeconfig: str = ""
    accept_content_types: str = ""
    content_type: str = "application/vnd.kubernetes.protobuf"
    qps: float | int = 50.0
    burst: int = 100


class ManagedResource(Part):
    name: str = ""
    ignored_by_scheduler: bool = False


class ExtenderTls(Part):
    """Files are PEM; the data win over the files of the same name."""

    insecure: bool = False
    server_name: str = ""
    cert_file: str = ""
    key_file: str = ""
    ca_file: str = ""
    cert_data: Data = b""
    key_data: Data = b""
    ca_data: Data = b""

    @property
    def trusts(self) -> bool:
        """Whether it says whom to trust."""
        return bool(self.ca_file or self.ca_data)


class Extender(Part):
    """A server that has a say over HTTP."""

    url_prefix: str = ""
    filter_verb: str = ""
    preempt_verb: str = ""
    prioritize_verb: str = ""
    weight: int = 0
    bind_verb: str = ""
    enable_https: bool = Field(False, alias="enableHTTPS")
    tls_config: ExtenderTls | None = None
    http_timeout: Seconds = 0.0
    """0 for 5 seconds."""
    node_cache_capable: bool = False
    managed_resources: list[ManagedResource] = []
    ignorable: bool = False


class Configuration(Part):
    api_version: Literal["kubescheduler.config.k8s.io/v1"] = "kubescheduler.config.k8s.io/v1"
    kind: Literal["KubeSchedulerConfiguration"] = "KubeSchedulerConfiguration"
    parallelism: int = 16
    """Accepted: a pod is scheduled at a time, and its nodes in one go."""
    leader_election: LeaderElection = LeaderElection.model_construct()
    client_connection: ClientConnection = ClientConnection.model_construct()
    enable_profiling: bool = True
    enable_contention_profiling: bool = True
    percentage_of_nodes_to_score: int | None = None
    """None and 0: a share that falls as clusters grow."""
    pod_initial_backoff_seconds: int = 1
    pod_max_backoff_seconds: int = 10
    profiles: list[Profile] = []
    extenders: list[Extender] = []
    delay_cache_until_active: bool = False
    """Whether caches are filled only once this process leads."""
