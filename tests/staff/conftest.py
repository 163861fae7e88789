"""The gateway's fixtures, for its pages of staff."""

from tests.gateway.conftest import data_dir as data_dir
from tests.gateway.conftest import furnished as furnished
from tests.gateway.conftest import house as house
from tests.gateway.conftest import model as model
from tests.gateway.conftest import offstage as offstage
from tests.gateway.conftest import settings as settings
from tests.gateway.conftest import store as store
