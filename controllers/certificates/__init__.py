"""CertificateSigningRequests: approved where that is a matter of course, signed, and removed in time."""
