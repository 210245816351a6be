"""The asyncio client. `_sync/` is made from this package by `make client-sync`; edit here only."""
