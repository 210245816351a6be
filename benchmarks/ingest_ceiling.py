"""The ceiling of `make bench-ingest`: a server that takes the same bytes on the same transport and only answers them.

Same event loop, same options of gRPC, same thread settings as ours; each message of a stream, and each search, is
answered at once by fixed bytes as long as our answers are. Run with the file that receives the port.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import uvloop
from pydispatch_protos.dispatch.v1 import location_service_pb2 as pb
from pydispatch_server.app import channel_options
from pydispatch_server.settings import Settings

ACKNOWLEDGED = pb.StreamLocationsResponse(
    acknowledged_sequence=1000, credit=31, counts=pb.FixCounts(applied=500)
).SerializeToString()
FOUND = pb.SearchNearbyTechniciansResponse(
    technicians=[pb.NearbyTechnician(technician_id=f"t-{n:06d}", distance_m=1.5, travel_s=9) for n in range(10)]
).SerializeToString()


async def stream(requests: AsyncIterator[bytes], _: object) -> AsyncIterator[bytes]:
    """Acknowledges each message."""
    async for _request in requests:
        yield ACKNOWLEDGED


async def search(_request: bytes, _: object) -> bytes:
    """Answers a search."""
    return FOUND


async def serve(port_file: Path) -> None:
    """Serves until it is killed."""
    server = grpc.aio.server(options=channel_options(Settings()))
    handlers = {
        "StreamLocations": grpc.stream_stream_rpc_method_handler(stream),
        "SearchNearbyTechnicians": grpc.unary_unary_rpc_method_handler(search),
    }
    server.add_registered_method_handlers("dispatch.v1.LocationService", handlers)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    port_file.write_text(f"{port}\n")  # noqa: ASYNC240 - once, at the start
    await server.wait_for_termination()


if __name__ == "__main__":
    sys.setswitchinterval(0.0005)
    uvloop.run(serve(Path(sys.argv[1])))
