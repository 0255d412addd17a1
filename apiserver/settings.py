"""What the API server is told at start."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, Field


class Settings(BaseModel):
    """One API server. Paths are local; addresses are what it binds and what it tells others."""

    data_dir: Path
    bind: str = "127.0.0.1"
    port: int = 6443
    advertise: str = "127.0.0.1"
    """The address in kubeconfigs and in the `kubernetes` Service's endpoints."""
    internal: str = "127.16.255.254"
    """The address pods reach it at: served besides `bind`, and the `kubernetes` Service's endpoint. Empty:
    none."""
    storage: str = "sqlite"
    """sqlite or memory."""
    service_cidr: str = "127.48.0.0/16"
    cluster_dns: str = ""
    """ClusterIP of the `kube-dns` Service, where the proxies serve names; empty: there is none."""
    storage_class: str = ""
    """Name of the default StorageClass, of volumes that the kubelets make; empty: there is none."""
    node_ports: tuple[int, int] = (30000, 32767)
    extra_names: list[str] = Field(default_factory=list)
    """Further names and addresses in the serving certificate."""
    nodes: dict[str, list[str]] = Field(default_factory=dict)
    """Nodes that run elsewhere, with their addresses: they get certificates."""
    pods_through_kubelets: bool = False
    """Pods run on other machines: `…/proxy` requests to pods and Services go by way of their kubelets."""
    handout: Path | None = None
    """A folder for what components elsewhere need to come in (pki/handout.py). None: not written."""
    handout_url: str = ""
    """Where those components reach this server; `url` when empty."""
    token_file: Path | None = None
    serving_certificate: tuple[Path, Path] | None = None
    """Certificate and key to serve with, instead of those that are made; no kubeconfigs are written then."""
    client_ca_file: Path | None = None
    """Authorities whose clients are users, besides this server's own."""
    service_account_issuer: str = "https://kubernetes.default.svc"
    api_audiences: list[str] = Field(default_factory=list)
    """What tokens must be meant for; the issuer alone when empty."""
    anonymous_auth: bool = True
    """Whether requests without credentials are let in, as `system:anonymous`."""
    service_account_signing_key_file: Path | None = None
    """Signs the tokens of accounts, instead of a key that is made: elliptic curve P-256, or RSA."""
    authorization_mode: list[str] = Field(default_factory=lambda: ["Node", "RBAC"])
    """Who decides, in this order: Node, RBAC, AlwaysAllow."""
    max_requests_inflight: int = 400
    """Requests that run at once; with the next one the seats of priority and fairness. 0 and 0: no limit."""
    max_mutating_requests_inflight: int = 200
    enable_priority_and_fairness: bool = True
    """False: the two limits above hold for reads and writes apart, whoever asks."""
    enable_admission_plugins: list[str] = Field(default_factory=list)
    """Admission plug-ins to use besides those that are on by default (admission/plugins.py)."""
    disable_admission_plugins: list[str] = Field(default_factory=list)
    admission_config: Path | None = None
    """An AdmissionConfiguration (admission/config_file.py)."""
    request_timeout: float = 60.0
    """Seconds after which a request is given up that is not meant to last (a watch, a log)."""
    time_scale: float = 1.0

    @property
    def addresses(self) -> list[str]:
        """Every address it listens on."""
        wildcard = self.bind in ("0.0.0.0", "::")
        return (
            [self.bind] if wildcard or not self.internal else list(dict.fromkeys((self.bind, self.internal)))
        )

    @property
    def url(self) -> str:
        return f"https://{self.advertise}:{self.port}"

    @property
    def internal_url(self) -> str:
        """Where pods reach it."""
        return f"https://{self.internal or self.advertise}:{self.port}"

    @property
    def service_ip(self) -> str:
        """ClusterIP of the `kubernetes` Service: the first of the range."""
        network = self.service_cidr.partition("/")[0].split(".")
        return ".".join([*network[:3], str(int(network[3]) + 1)])
