"""Migrations of the schema, packaged with the server."""
