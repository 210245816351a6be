"""The pydispatch command line; talks to a server through pydispatch_client only."""
