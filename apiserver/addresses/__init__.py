"""The IPAddress objects of ClusterIPs and the ranges ServiceCIDRs offer: kept in step with the Services.

It joins the pools of `registry.core.allocation` to stored objects. Which address a Service gets is decided
there; when a ServiceCIDR is ready or may go is its controller's.
"""

from .keeper import AddressKeeper

__all__ = ["AddressKeeper"]
