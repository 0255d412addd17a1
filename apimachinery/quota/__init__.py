"""What objects count for in ResourceQuotas: amounts, scopes, and which names of a quota speak of which kind.

Pure functions on decoded objects, shared by the server's admission, which charges, and the quota controller,
which counts again. Nothing here reads a store or knows a request.
"""
