"""The one place where Encore is put together: settings in, running parts out. Only here are adapters named."""

from __future__ import annotations

from importlib.metadata import version

from gateway.bootstrap.copies import back_up, restore_backup
from gateway.bootstrap.models import open_model, open_reader, open_scribe
from gateway.bootstrap.observing import forget_measures, open_measures, open_tracer, share_measures
from gateway.bootstrap.outside import open_ad_keys, open_cashier, open_limits, open_live, open_seats
from gateway.bootstrap.stage import (
    Stage,
    make_feelings,
    make_remembrance,
    make_replies,
    make_reporting,
    make_stage,
    make_summarising,
    open_embedder,
    open_index,
    open_memory,
)
from gateway.bootstrap.store import BINDERS, OPENING_PRICE, Store, now_ms, open_store, schema_is_current
from gateway.bootstrap.voices import open_speakers

VERSION = version("encore")

__all__ = [
    "BINDERS",
    "OPENING_PRICE",
    "VERSION",
    "Stage",
    "Store",
    "back_up",
    "forget_measures",
    "make_feelings",
    "make_remembrance",
    "make_replies",
    "make_reporting",
    "make_stage",
    "make_summarising",
    "now_ms",
    "open_ad_keys",
    "open_cashier",
    "open_embedder",
    "open_index",
    "open_limits",
    "open_live",
    "open_measures",
    "open_memory",
    "open_model",
    "open_reader",
    "open_scribe",
    "open_seats",
    "open_speakers",
    "open_store",
    "open_tracer",
    "restore_backup",
    "schema_is_current",
    "share_measures",
]
