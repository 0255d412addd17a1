"""The `application/vnd.kubernetes.protobuf` encoding of built-in kinds, driven by a table of field numbers.

Pure functions between bytes and JSON objects; the schema engine checks the result as it checks JSON.
"""

from .decode import MAGIC, decode
from .encode import encode, envelope, listing, raw, watch_frame
from .errors import NotMarshalableError, ProtobufError

__all__ = [
    "MAGIC",
    "NotMarshalableError",
    "ProtobufError",
    "decode",
    "encode",
    "envelope",
    "listing",
    "raw",
    "watch_frame",
]
