"""The small show's data directory, as the gateway's tests have it."""

from tests.gateway.conftest import data_dir as data_dir
from tests.gateway.conftest import furnished as furnished
