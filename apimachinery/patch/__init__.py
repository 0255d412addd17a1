"""The patch types of the API: JSON patch (RFC 6902), merge patch (RFC 7386), strategic merge patch.

Pure functions on JSON values: inputs are never changed, though results may share parts with them. Failures
are `StatusError`s with upstream's texts. Server-side apply is `managedfields`.
"""
