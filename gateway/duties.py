"""What a fan is owed where they are, on that day: one table of jurisdiction by date, the strictest of what applies.

Pure but for reading its own file once. A region that no row names takes the strictest of all of them; none takes less
than the house asks everywhere.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

DUTIES_FILE = Path(__file__).with_name("policies") / "duties.yaml"
EVERYWHERE = "*"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Duties(_Strict):
    """What is owed. Hours are of continued use; None: nothing is asked."""

    told_every_h: int | None = None
    """How often an adult is told that this is an AI."""
    minors_told_every_h: int | None = None
    crisis_protocol: bool = False
    audio_marked: bool = False
    minors_no_sexual_content: bool = False
    yearly_report: bool = False


class Row(_Strict):
    """Duties of one jurisdiction from a day on. `where`: regions as the host app's token names them, or everywhere."""

    id: str
    where: tuple[str, ...]
    from_: datetime.date
    source: str
    checked: datetime.date | None
    duties: Duties

    def names(self, region: str) -> bool:
        """Whether the row is about this region, or about a larger one that it lies in."""
        return any(region == place or region.startswith(f"{place}-") for place in self.where)


class DutyTable(_Strict):
    """The table."""

    version: str
    rows: tuple[Row, ...]

    def applying(self, region: str, day: datetime.date) -> tuple[Row, ...]:
        """The rows that apply to a fan of this region ("" when nobody said) on that day, by the order of the table."""
        known = any(row.names(region) for row in self.rows)
        return tuple(
            row for row in self.rows if row.from_ <= day and (not known or row.names(region) or EVERYWHERE in row.where)
        )

    def owed(self, region: str, day: datetime.date) -> Duties:
        """What a fan of this region is owed on that day."""
        return strictest(row.duties for row in self.applying(region, day))


def strictest(many: Iterable[Duties]) -> Duties:
    """The least that fulfils all of them."""
    duties = list(many)

    def soonest(hours: Sequence[int | None]) -> int | None:
        return min((one for one in hours if one is not None), default=None)

    return Duties(
        told_every_h=soonest([one.told_every_h for one in duties]),
        minors_told_every_h=soonest([one.minors_told_every_h for one in duties]),
        crisis_protocol=any(one.crisis_protocol for one in duties),
        audio_marked=any(one.audio_marked for one in duties),
        minors_no_sexual_content=any(one.minors_no_sexual_content for one in duties),
        yearly_report=any(one.yearly_report for one in duties),
    )


@cache
def duty_table() -> DutyTable:
    """The table in force. Raises what reading or checking it raises: without one nothing may be served."""
    read = yaml.safe_load(DUTIES_FILE.read_text(encoding="utf-8"))
    for row in read["rows"]:
        row["from_"] = row.pop("from")
    return DutyTable.model_validate(read)
