"""Open-loop load on a running server: `make load`.

Locust shows and reports, a process of its own makes the load. Latencies are trustworthy only when nothing stands
between a scheduled send and the clock: gevent's patched sockets and Locust's bookkeeping would. So `generator` runs
grpc.aio in a plain interpreter and tells `locustfile` of every call over a pipe; Locust imports no gRPC at all.

Read `schedule` for when calls are due, `flows` for what they are, `judge` for when a run is good, bad or void.
"""
