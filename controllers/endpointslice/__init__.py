"""EndpointSlices: the endpoints of a Service in pieces of at most 100, by family and ports."""
