"""Runs migrations on the connection that `opening` hands over; there is no other way to call them."""

from alembic import context

from pydispatch_server.store import schema

context.configure(connection=context.config.attributes["connection"], target_metadata=schema.metadata)
with context.begin_transaction():
    context.run_migrations()
