"""The OpenAPI documents, version 3 per group version and version 2 as a whole: what kubectl's `explain`, its
validation and client generators read. Built from the schema tables and the registry when first asked for,
then kept as bytes. Nothing here is on the path of a resource request.
"""

from .documents import OpenAPI, documents

__all__ = ["OpenAPI", "documents"]
