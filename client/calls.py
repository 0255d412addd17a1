"""What a client's requests come to, under client-go's names."""

from __future__ import annotations

from urllib.parse import urlsplit

from .tally import Counts, Distributions

ERROR = "<error>"
"""Stands for the code of an answer that did not come."""
_SIZES = (64, 256, 512, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216)
_SECONDS = (0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60)
_OF = ("verb", "host")

REQUESTS = Counts(
    "rest_client_requests_total", "Requests, by what they were answered", ("code", "method", "host")
)
RETRIES = Counts(
    "rest_client_request_retries_total",
    "Requests that were sent again, by the answer",
    ("code", "verb", "host"),
)
SECONDS = Distributions("rest_client_request_duration_seconds", "Seconds to an answer", _OF, _SECONDS)
SENT = Distributions("rest_client_request_size_bytes", "Bytes of requests that had a body", _OF, _SIZES)
RECEIVED = Distributions("rest_client_response_size_bytes", "Bytes of answers", _OF, _SIZES)


class Calls:
    """Those to one server."""

    def __init__(self, server: str) -> None:
        self._host = urlsplit(server).netloc

    def answered(self, method: str, code: int, seconds: float, sent: int, received: int) -> None:
        """`sent` and `received` are bytes."""
        host = self._host
        REQUESTS.add((str(code), method, host))
        of = (method, host)
        SECONDS.observe(of, seconds)
        RECEIVED.observe(of, received)
        if sent:
            SENT.observe(of, sent)

    def begun(self, method: str, code: int) -> None:
        """An answer that comes in pieces, or is handed on as it is."""
        REQUESTS.add((str(code), method, self._host))

    def failed(self, method: str) -> None:
        """No answer came."""
        REQUESTS.add((ERROR, method, self._host))

    def retried(self, method: str, code: int) -> None:
        RETRIES.add((str(code), method, self._host))
