"""Servers that run as pods of the cluster, behind a Service, with a certificate of their own."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any, NamedTuple

from wherry.apiserver.pki.authority import Authority, Leaf

from tests.conformance.api import Api, Object
from tests.e2e.waiting import until

AGNHOST = "registry.k8s.io/e2e-test-images/agnhost:2.56"


class Server(NamedTuple):
    """What calls to it need."""

    namespace: str
    name: str
    port: int
    ca: str
    """Base64 of the certificate of its authority."""

    def service(self, path: str) -> Object:
        return {"namespace": self.namespace, "name": self.name, "path": path, "port": self.port}

    def client(self, path: str) -> Object:
        """A webhook's clientConfig."""
        return {"service": self.service(path), "caBundle": self.ca}


class Program(NamedTuple):
    """What a server's pod runs. `containers` come beside the first."""

    image: str
    args: tuple[str, ...]
    mount: str
    port: int
    containers: tuple[Object, ...] = ()


def agnhost(command: str, port: int) -> Program:
    """`agnhost webhook` or `agnhost crd-conversion-webhook`."""
    mount = "/webhook.local.config/certificates"
    files = (f"--tls-cert-file={mount}/tls.crt", f"--tls-private-key-file={mount}/tls.key")
    return Program(AGNHOST, (command, *files, "-v=4", f"--port={port}"), mount, port)


def deploy(api: Api, namespace: str, name: str, port: int, program: Program) -> Server:
    """A Secret with the certificate, a Deployment, a Service; returns when it has an endpoint."""
    ca = _secret(api, namespace, name)
    api.create(f"/apis/apps/v1/namespaces/{namespace}/deployments", _deployment(name, program))
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}"
    until(lambda: api.get(path)["status"].get("availableReplicas") == 1, 60, "the server's pod")
    ports = [{"protocol": "TCP", "port": port, "targetPort": program.port}]
    service = {"metadata": {"name": name}, "spec": {"selector": {"app": name}, "ports": ports}}
    api.create(f"/api/v1/namespaces/{namespace}/services", service)
    until(lambda: _endpoints(api, namespace, name), what="the server's endpoint")
    return Server(namespace, name, port, ca)


def authority() -> str:
    """Base64 of the certificate of an authority that signed nothing."""
    made = Authority.create("e2e-server-cert-ca", datetime.now(UTC))
    return base64.b64encode(made.pair.certificate).decode()


def _secret(api: Api, namespace: str, name: str) -> str:
    now = datetime.now(UTC)
    authority = Authority.create("e2e-server-cert-ca", now)
    host = f"{name}.{namespace}.svc"
    pair = authority.issue(Leaf(host, names=(host,), server=True), now)
    tls = {"tls.crt": pair.certificate, "tls.key": pair.key}
    data = {key: base64.b64encode(value).decode() for key, value in tls.items()}
    secret = {"metadata": {"name": f"{name}-secret"}, "type": "Opaque", "data": data}
    api.create(f"/api/v1/namespaces/{namespace}/secrets", secret)
    return base64.b64encode(authority.pair.certificate).decode()


def _deployment(name: str, program: Program) -> Object:
    probe = {"scheme": "HTTPS", "port": program.port, "path": "/readyz"}
    container: dict[str, Any] = {
        "name": name,
        "image": program.image,
        "args": list(program.args),
        "volumeMounts": [{"name": "certs", "readOnly": True, "mountPath": program.mount}],
        "readinessProbe": {"httpGet": probe, "periodSeconds": 1, "failureThreshold": 30},
        "ports": [{"containerPort": program.port}],
    }
    spec = {
        "terminationGracePeriodSeconds": 0,
        "containers": [container, *program.containers],
        "volumes": [{"name": "certs", "secret": {"secretName": f"{name}-secret"}}],
    }
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": spec}
    return {
        "metadata": {"name": name, "labels": labels},
        "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": template},
    }


def _endpoints(api: Api, namespace: str, name: str) -> bool:
    path = f"/api/v1/namespaces/{namespace}/endpoints/{name}"
    answer = api.ask("GET", path)
    return answer.code == 200 and bool(answer.obj.get("subsets"))
