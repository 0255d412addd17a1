"""Where an extender is and whom it may trust, as a client takes it."""

from __future__ import annotations

from ...client.config import ClientConfig
from .model import Extender, ExtenderTls


def target(config: Extender) -> ClientConfig:
    tls = config.tls_config or ExtenderTls.model_construct()
    return ClientConfig(
        server=config.url_prefix.rstrip("/"),
        ca_file=tls.ca_file,
        cert_file=tls.cert_file,
        key_file=tls.key_file,
        user_agent="kube-scheduler",
        ca_data=tls.ca_data,
        cert_data=tls.cert_data,
        key_data=tls.key_data,
        insecure=tls.insecure or (config.enable_https and not tls.trusts),
        server_name=tls.server_name,
    )
