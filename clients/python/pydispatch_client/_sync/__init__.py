"""The synchronous client, made from `_async/` by `make client-sync`."""
