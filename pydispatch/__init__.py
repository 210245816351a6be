"""The library face of the dispatch engine and the pure rules around it: no gRPC, no SQL."""
