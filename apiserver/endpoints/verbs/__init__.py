"""One verb per file: check, call, shape. Errors are raised as StatusError and rendered by the handler."""
