"""Typed client of a pydispatch server; pure Python."""
