"""The `application/vnd.kubernetes.protobuf` encoding of built-in kinds, driven by a table of field numbers.

Pure functions between bytes and JSON objects; the schema engine checks the result as it checks JSON.
"""

from .decode import MAGIC, ProtobufError, decode
from .encode import NotMarshalableError, encode, envelope, listing, raw, watch_frame

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
