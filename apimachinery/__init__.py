"""The object model every component shares: kinds, schemas, selectors, patches, names, time, errors.

Pure functions and values. No I/O, no HTTP, no other package of Wherry may be imported here.
"""
