"""Sends committed events to other systems: Redis streams and webhooks, each in order, at least once. Start at `hub`.

Nothing here is on the way of a command: everything is read back from the outbox, so whoever is away or slow gets it
later. Nothing here changes records of a region either, but for how far each webhook has got.
"""
