"""`ensure`: every certificate and key a cluster needs, made or renewed when it has to be."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from .authority import Authority, KeyPair, Leaf, key_pem, new_key, public_pem
from .files import write_private

RENEW_BEFORE = timedelta(days=30)

CLIENTS: dict[str, Leaf] = {
    "admin": Leaf("kubernetes-admin", ("system:masters",)),
    "controller-manager": Leaf("system:kube-controller-manager", ("wherry:controllers",)),
    "scheduler": Leaf("system:kube-scheduler"),
    "proxy": Leaf("system:kube-proxy"),
    "metrics": Leaf("wherry:metrics-server"),
    "apiserver-kubelet-client": Leaf("kube-apiserver-kubelet-client", ("system:masters",)),
}
"""Client certificates by file name; node clients are added per node."""


@dataclass(frozen=True, kw_only=True)
class PkiSettings:
    """What the certificates must name."""

    service_ip: str
    """ClusterIP of the `kubernetes` Service."""
    extra_names: tuple[str, ...] = ()
    """Further DNS names and addresses under which the API server is reached."""
    nodes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Addresses of the nodes whose kubelets run here, by node name."""


@dataclass(frozen=True, kw_only=True)
class Pki:
    """Where everything is, and the pairs by file name (`admin`, `apiserver`, `kubelet-client-NODE`, …)."""

    directory: Path
    ca: KeyPair
    front_proxy_ca: KeyPair
    pairs: dict[str, KeyPair]
    service_account_key: bytes

    def certificate(self, name: str) -> Path:
        return self.directory / f"{name}.crt"

    def key(self, name: str) -> Path:
        return self.directory / f"{name}.key"


def serving_leaf(settings: PkiSettings) -> Leaf:
    names = (
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
        "kubernetes.default.svc.cluster.local",
        "localhost",
        "127.0.0.1",
        "::1",
        settings.service_ip,
        *settings.extra_names,
    )
    return Leaf("kube-apiserver", (), tuple(dict.fromkeys(names)), server=True, client=False)


def node_leaves(name: str, addresses: tuple[str, ...]) -> dict[str, Leaf]:
    """A kubelet's client and serving certificates."""
    user = f"system:node:{name}"
    serving = Leaf(user, ("system:nodes",), (name, *addresses), server=True, client=False)
    return {f"kubelet-client-{name}": Leaf(user, ("system:nodes",)), f"kubelet-{name}": serving}


def ensure(data_dir: Path, settings: PkiSettings, now: datetime) -> Pki:
    """Makes what is missing, unreadable, signed by another authority, lacking a name, or expiring within 30
    days.

    An expiring authority is replaced, and with it all it signed. Files are mode 0600 under `data_dir`/pki.
    """
    directory = data_dir / "pki"
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    until = now + RENEW_BEFORE
    ca = _authority(directory, "ca", "kubernetes", now)
    front = _authority(directory, "front-proxy-ca", "front-proxy-ca", now)
    leaves = {"apiserver": serving_leaf(settings), **CLIENTS}
    for name, addresses in settings.nodes.items():
        leaves |= node_leaves(name, addresses)
    pairs = {name: _leaf(directory, name, ca, leaf, now, until) for name, leaf in leaves.items()}
    front_leaf = Leaf("front-proxy-client")
    pairs["front-proxy-client"] = _leaf(directory, "front-proxy-client", front, front_leaf, now, until)
    return Pki(
        directory=directory,
        ca=ca.pair,
        front_proxy_ca=front.pair,
        pairs=pairs,
        service_account_key=_service_account_key(directory),
    )


def _read(directory: Path, name: str) -> KeyPair | None:
    certificate, key = directory / f"{name}.crt", directory / f"{name}.key"
    if certificate.is_file() and key.is_file():
        return KeyPair(certificate.read_bytes(), key.read_bytes())
    return None


def _write(directory: Path, name: str, pair: KeyPair) -> None:
    write_private(directory / f"{name}.key", pair.key)
    write_private(directory / f"{name}.crt", pair.certificate)


def _authority(directory: Path, name: str, common_name: str, now: datetime) -> Authority:
    pair = _read(directory, name)
    if pair is not None:
        authority = Authority(pair)
        if authority.outlives(now + RENEW_BEFORE):
            return authority
    authority = Authority.create(common_name, now)
    _write(directory, name, authority.pair)
    return authority


def _leaf(
    directory: Path, name: str, authority: Authority, leaf: Leaf, now: datetime, until: datetime
) -> KeyPair:
    pair = _read(directory, name)
    if pair is not None and authority.still_good(pair.certificate, leaf, until):
        return pair
    pair = authority.issue(leaf, now)
    _write(directory, name, pair)
    return pair


def _service_account_key(directory: Path) -> bytes:
    path = directory / "sa.key"
    if path.is_file():
        return path.read_bytes()
    key = new_key()
    pem = key_pem(key)
    write_private(directory / "sa.pub", public_pem(key))
    write_private(path, pem)
    return pem
