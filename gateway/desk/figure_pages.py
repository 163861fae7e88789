"""The dashboards: who comes, writes, pays and stays, each figure with what it means, for the business as a whole."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Response

from billing.figures import RETENTION_WEEKS, DayFigures, Place, share_bps
from billing.wording import day
from gateway.desk.book_pages import days_of
from gateway.desk.charts import Chart, Series, bars
from gateway.desk.services import DeskServices
from gateway.staff.door import Acting, StaffDoor, Visit, to

HERE = "/desk/figures"
DEFINITIONS = (
    ("Joined", "Fans whose wallet was opened in the period: they came to a character’s door."),
    ("Wrote", "Those of them who ever sent a message that was charged."),
    ("Paid", "Those of them who ever bought credits."),
    ("Recharge", "A purchase, put down to the show, character and episode of the fan’s last message before it."),
    ("Per paying fan", "What was paid in the period, over the fans who paid, by currency; refunds are not taken off."),
    ("Ad-funded", "Of all credits charged, those that fans had for watching ads."),
    ("Voice", "Of all credits charged, those for the voice of a reply."),
    (
        "Refused",
        "Turns settled without a charge: failed, refused, or cancelled before a word; no greetings.",
    ),
    ("Given back", "Credits of charged turns that went back to their lots, on the day they did."),
    (
        "Stayed",
        "By the episode of a fan’s first charged message: who sent another in each week that is over.",
    ),
)


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """One character at one episode."""

    place: Place
    sums: DayFigures


def add_figure_pages(router: APIRouter, door: StaffDoor, desk: DeskServices) -> None:
    """`/desk/figures`."""
    seen, acting_on = door.sees("books.read"), door.acts("books.read")

    @router.get("/figures")
    async def figures(visit: Visit = seen, from_: str = "", to_: str = "") -> Response:
        from_day, to_day, from_ms, until_ms = days_of(desk, from_, to_)
        span = {"from_ms": from_ms, "until_ms": until_ms}
        async with desk.units.read() as unit:
            days = await unit.figures.days(**span)
            recharges, payers = await unit.figures.recharges(**span), await unit.figures.per_payer(**span)
            funnel, kept = await unit.figures.funnel(**span), await unit.figures.retention(**span, now_ms=desk.clock())
        total, by_day, by_place = _summed(days)
        return door.page(
            visit,
            "desk/figures.html",
            here=HERE,
            from_day=from_day,
            to_day=to_day,
            total=total,
            places=[PlaceRow(place, sums) for place, sums in sorted(by_place.items())],
            recharges=recharges,
            payers=payers,
            funnel=funnel,
            kept=kept,
            weeks=RETENTION_WEEKS,
            definitions=DEFINITIONS,
            percent=percent,
            chart=_chart(by_day),
        )

    @router.post("/figures/rebuild")
    async def rebuild(acting: Acting = acting_on) -> Response:
        await desk.rebuild()
        await acting.visit.log("figures.rebuilt")
        return to(HERE)


def percent(part: int, whole: int) -> str:
    """A share, with one decimal."""
    bps = share_bps(part, whole)
    return f"{bps // 100}.{bps % 100 // 10} %"


def _summed(
    days: tuple[tuple[int, Place, DayFigures], ...],
) -> tuple[DayFigures, dict[int, DayFigures], dict[Place, DayFigures]]:
    total, by_day, by_place = DayFigures(), dict[int, DayFigures](), dict[Place, DayFigures]()
    for day_ms, place, sums in days:
        for into in (total, by_day.setdefault(day_ms, DayFigures()), by_place.setdefault(place, DayFigures())):
            into.add(sums)
    return total, by_day, by_place


def _chart(by_day: dict[int, DayFigures]) -> Chart:
    ordered = sorted(by_day.items())
    return bars(
        "Credits charged by day",
        [day(day_ms)[5:] for day_ms, _ in ordered],
        (
            Series("bought", [sums.bought_credits for _, sums in ordered]),
            Series("from ads", [sums.reward_credits for _, sums in ordered]),
            Series("given", [sums.gift_credits for _, sums in ordered]),
        ),
    )
