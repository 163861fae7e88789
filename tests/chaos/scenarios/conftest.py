"""The small show of the gateway's tests."""

from __future__ import annotations

from tests.gateway.conftest import data_dir as data_dir
from tests.gateway.conftest import furnished as furnished
