"""The gRPC server: features, stores and their assembly."""
