"""What the database itself refuses: to change or forget the journal, the rate card, caps, costs and the seals.

The statements are data: `create_all` runs them through the tables, migrations run the same tuples. They can be run
again without harm, and none of them contains a percent sign (SQLAlchemy's DDL would expand it).
"""

from __future__ import annotations

APPEND_ONLY_TABLES: tuple[str, ...] = (
    "journal_entries",
    "postings",
    "price_versions",
    "seals",
    "sealed_entries",
    "share_terms",
    "share_postings",
    "budget_changes",
    "turn_costs",
)


def sqlite_refusal(table: str, verb: str) -> str:
    """The trigger by which SQLite refuses one kind of change."""
    return (
        f"CREATE TRIGGER IF NOT EXISTS {table}_refuse_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )


def postgres_refusal(table: str) -> tuple[str, ...]:
    """The statements by which PostgreSQL refuses every change; the function they call is in POSTGRES_TRIGGERS."""
    # A row trigger does not see TRUNCATE; a statement trigger sees all three, and also when no row is met.
    name = f"{table}_refuse_change"
    return (
        f"DROP TRIGGER IF EXISTS {name} ON {table}",
        f"CREATE TRIGGER {name} BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION billing_refuse_change()",
    )


SQLITE_TRIGGERS: tuple[str, ...] = tuple(
    sqlite_refusal(table, verb) for table in APPEND_ONLY_TABLES for verb in ("UPDATE", "DELETE")
)

POSTGRES_TRIGGERS: tuple[str, ...] = (
    "CREATE OR REPLACE FUNCTION billing_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ "
    "BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only'; END $$",
    *(statement for table in APPEND_ONLY_TABLES for statement in postgres_refusal(table)),
    "CREATE OR REPLACE FUNCTION billing_refuse_unbalanced() RETURNS trigger LANGUAGE plpgsql AS $$ "
    "BEGIN IF (SELECT sum(credits) FROM postings WHERE entry_seq = NEW.entry_seq) <> 0 THEN "
    "RAISE EXCEPTION USING MESSAGE = 'entry ' || NEW.entry_seq || ' does not sum to zero'; "
    "END IF; RETURN NULL; END $$",
    "DROP TRIGGER IF EXISTS postings_refuse_unbalanced ON postings",
    "CREATE CONSTRAINT TRIGGER postings_refuse_unbalanced AFTER INSERT ON postings "
    "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_refuse_unbalanced()",
)
