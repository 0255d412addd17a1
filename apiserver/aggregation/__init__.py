"""The API aggregator: groups and versions that another server answers for, joined into this server's API.

`services` knows the APIServices, `proxy` hands their requests on, `follower` looks after one of them
(`availability`, `discovery`), `registration` makes the APIServices of custom resources, `aggregator` owns it
all. No knowledge of single kinds beyond APIService, Service and EndpointSlice, and no authorization: requests
come here after it.
"""
