"""What stands under the cluster domain: pure functions of Services and EndpointSlices."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

Object = dict[str, Any]
T = TypeVar("T")

VERSION = "1.1.0"
"""Of the specification, as `dns-version` says."""


class Record(NamedTuple):
    """`name` and names in `data` are without a final dot. `data`: a text, or priority, weight, port and
    target of an SRV."""

    name: str
    kind: str
    data: str | tuple[int, int, int, str]


class Found(NamedTuple):
    """What is known of a name. Without answers it has none of the kind asked for."""

    exists: bool
    answers: tuple[Record, ...] = ()
    extra: tuple[Record, ...] = ()
    elsewhere: str = ""
    """The target of the last CNAME, to be resolved by somebody else."""


class Sources(NamedTuple):
    """What the informers know, as functions: easy to fake."""

    service: Callable[[str], Object | None]
    """By `namespace/name`."""
    slices: Callable[[str], Sequence[Object]]
    """Of the Service `namespace/name`."""
    services_in: Callable[[str], Sequence[Object]]
    """Of a namespace."""
    services_at: Callable[[str], Sequence[Object]]
    """With this ClusterIP."""
    slices_at: Callable[[str], Sequence[Object]]
    """With an endpoint of this address."""


MISSING = Found(False)
EMPTY = Found(True)
_ADDRESSES = {"A": 4, "AAAA": 6}
_MOST_ALIASES = 8


class Endpoint(NamedTuple):
    name: str
    """Its host name, or its address with dashes."""
    address: str
    ports: Sequence[Object]


class Zone:
    """`address` is the name server's own."""

    def __init__(self, sources: Sources, domain: str, address: str) -> None:
        self.domain = domain
        self._sources = sources
        self._own = address

    def find(self, name: str, kind: str) -> Found | None:
        """`name` in lower case, without a final dot. None: not ours to say."""
        if name == self.domain:
            return self._of_kind(name, kind, NS=f"ns.dns.{name}")
        if name.endswith(f".{self.domain}"):
            return self._inside(name, name[: -len(self.domain) - 1].split("."), kind)
        if name.endswith(".in-addr.arpa"):
            return self._reverse(name, kind)
        return None

    def _inside(self, name: str, labels: list[str], kind: str) -> Found:
        match labels:
            case ["svc" | "pod"] | ["dns"]:
                return EMPTY
            case ["dns-version"]:
                return self._of_kind(name, kind, TXT=VERSION)
            case ["ns", "dns"]:
                return self._addresses(name, kind, [self._own])
            case [namespace, "svc" | "pod"]:
                return EMPTY if self._sources.services_in(namespace) else MISSING
            case [address, _, "pod"]:
                return self._pod(name, address, kind)
            case [*rest, service, namespace, "svc"] if len(rest) < 3:
                found = self._sources.service(f"{namespace}/{service}")
                return self._service(name, rest, found, kind) if found is not None else MISSING
        return MISSING

    def _of_kind(self, name: str, kind: str, **records: str) -> Found:
        return Found(True, tuple(Record(name, k, data) for k, data in records.items() if k == kind))

    def _addresses(self, name: str, kind: str, addresses: Sequence[str]) -> Found:
        return Found(True, tuple(r for a in addresses if (r := _address(name, a)).kind == kind))

    def _pod(self, name: str, dashed: str, kind: str) -> Found:
        """Any address is taken at its word, as CoreDNS does unless told to verify it."""
        for separator in (".", ":"):
            try:
                address = str(ipaddress.ip_address(dashed.replace("-", separator)))
            except ValueError:
                continue
            return self._addresses(name, kind, [address])
        return MISSING

    def _service(self, name: str, rest: list[str], service: Object, kind: str) -> Found:
        spec = service["spec"]
        if spec.get("type") == "ExternalName":
            return MISSING if rest else self._alias(name, spec.get("externalName", ""), kind)
        match rest:
            case []:
                return self._whole(name, service, kind)
            case [host]:
                return self._host(name, host, service, kind)
            case [port, protocol] if port.startswith("_") and protocol.startswith("_"):
                return self._port(name, port[1:], protocol[1:], service, kind)
        return MISSING

    def _alias(self, name: str, target: str, kind: str) -> Found:
        alias = Record(name, "CNAME", target.rstrip("."))
        if kind not in _ADDRESSES:
            return Found(True, (alias,) if kind == "CNAME" else ())
        chain = [alias]
        while len(chain) <= _MOST_ALIASES:
            found = self.find(str(chain[-1].data).lower(), "CNAME")
            if found is None:
                return Found(True, tuple(chain), elsewhere=str(chain[-1].data))
            if not found.answers:
                break
            chain += found.answers
        else:
            return Found(True, tuple(chain))
        end = self.find(str(chain[-1].data).lower(), kind) or MISSING
        return Found(True, (*chain, *end.answers))

    def _whole(self, name: str, service: Object, kind: str) -> Found:
        if kind == "SRV":
            return self._targets(name, service, lambda port: True)
        if not _headless(service):
            return self._addresses(name, kind, _cluster_ips(service))
        here = list(self._endpoints(service))
        return self._addresses(name, kind, _unique([e.address for e in here])) if here else MISSING

    def _host(self, name: str, host: str, service: Object, kind: str) -> Found:
        addresses = _unique([e.address for e in self._endpoints(service) if e.name == host])
        return self._addresses(name, kind, addresses) if addresses else MISSING

    def _port(self, name: str, port: str, protocol: str, service: Object, kind: str) -> Found:
        def same(one: Object) -> bool:
            return one.get("name") == port and one.get("protocol", "TCP").lower() == protocol

        found = self._targets(name, service, same)
        if kind == "SRV" or not found.exists:
            return found
        addresses = [str(record.data) for record in found.extra]
        return self._addresses(name, kind, _unique(addresses))

    def _targets(self, name: str, service: Object, wanted: Callable[[Object], bool]) -> Found:
        """SRV records for the ports chosen by `wanted`, with the addresses of their targets."""
        full = self._full(service)
        if _headless(service):
            pairs = [
                (f"{e.name}.{full}", e.address, p["port"])
                for e in self._endpoints(service)
                for p in e.ports
                if p.get("port") and wanted(p)
            ]
        else:
            ports = [p["port"] for p in service["spec"].get("ports") or () if wanted(p)]
            pairs = [(full, a, port) for port in ports for a in _cluster_ips(service)]
        targets = _unique([(target, port) for target, _, port in pairs])
        if not targets:
            return MISSING
        weight = max(100 // len(targets), 1)
        answers = (Record(name, "SRV", (0, weight, port, target)) for target, port in targets)
        return Found(True, tuple(answers), tuple(_unique([_address(t, a) for t, a, _ in pairs])))

    def _full(self, service: Object) -> str:
        meta = service["metadata"]
        return f"{meta['name']}.{meta['namespace']}.svc.{self.domain}"

    def _endpoints(self, service: Object) -> Iterator[Endpoint]:
        meta = service["metadata"]
        for piece in self._sources.slices(f"{meta['namespace']}/{meta['name']}"):
            yield from _ready(piece)

    def _reverse(self, name: str, kind: str) -> Found | None:
        address = ".".join(reversed(name.removesuffix(".in-addr.arpa").split(".")))
        names = [self._full(s) for s in self._sources.services_at(address)]
        for piece in self._sources.slices_at(address):
            meta = piece["metadata"]
            service = (meta.get("labels") or {}).get("kubernetes.io/service-name", "")
            full = f"{service}.{meta['namespace']}.svc.{self.domain}"
            names += [f"{e.name}.{full}" for e in _ready(piece) if e.address == address]
        if names:
            answers = (Record(name, "PTR", target) for target in _unique(names))
            return Found(True, tuple(answers) if kind == "PTR" else ())
        # Nobody else knows loopback addresses: asking would only take time.
        return MISSING if name.endswith(".127.in-addr.arpa") else None


def _headless(service: Object) -> bool:
    return service["spec"].get("clusterIP") in (None, "", "None")


def _cluster_ips(service: Object) -> list[str]:
    spec = service["spec"]
    return spec.get("clusterIPs") or [spec["clusterIP"]]


def _ready(piece: Object) -> Iterator[Endpoint]:
    """The ready endpoints of a slice; those of Services that publish all are marked ready."""
    if piece.get("addressType") == "FQDN":
        return
    for endpoint in piece.get("endpoints") or ():
        if (endpoint.get("conditions") or {}).get("ready") is False:
            continue
        for address in endpoint.get("addresses") or ():
            host = endpoint.get("hostname") or address.replace(".", "-").replace(":", "-")
            yield Endpoint(host, address, piece.get("ports") or ())


def _address(name: str, address: str) -> Record:
    return Record(name, "AAAA" if ":" in address else "A", address)


def _unique(items: list[T]) -> list[T]:
    return list(dict.fromkeys(items))
