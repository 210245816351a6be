"""Decisions, one file a family. Each takes a transaction and a checked request and returns the answer, or refuses.

A command judges everything that depends on records before it lets the engine change, and touches nothing but its
transaction.
"""
