"""Alembic's entry: migrates the database of the URL given by `db.migrate`, one transaction per migration."""

from alembic import context

config = context.config
connection = config.attributes["connection"]
context.configure(connection=connection, transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
