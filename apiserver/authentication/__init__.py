"""Who asks: client certificates, service-account and bootstrap tokens, static tokens, anonymous,
impersonation.

Each method is one file and knows nothing of the others; `authenticator` tries them in order. No authorization
here, except that impersonation asks whether it may.
"""

from .authenticator import Authenticator, AuthenticatorSettings
from .head import RequestHead

__all__ = ["Authenticator", "AuthenticatorSettings", "RequestHead"]
