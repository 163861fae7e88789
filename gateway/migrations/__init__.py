"""The history of the schema, as Alembic revisions. A revision that was released is never edited."""
