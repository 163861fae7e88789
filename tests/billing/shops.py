"""Transactions over the real books and the real shop of a test's database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from billing.adapters.sql_books import SqlBooks
from billing.adapters.sql_offers import SqlOffers
from billing.adapters.sql_promotions import SqlPromotions
from billing.adapters.sql_shop import SqlShop
from gateway.adapters.database import Database


@dataclass(frozen=True, slots=True)
class SqlShopUnit:
    """See billing.shop_ports.ShopUnit."""

    books: SqlBooks
    shop: SqlShop
    promotions: SqlPromotions
    offers: SqlOffers


class SqlShopUnits:
    """See billing.shop_ports.ShopUnits."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[SqlShopUnit]:
        """One connection, one transaction."""
        async with self._database.writer.begin() as connection:
            yield SqlShopUnit(
                SqlBooks(connection), SqlShop(connection), SqlPromotions(connection), SqlOffers(connection)
            )


FreshUnits = Callable[[], AbstractAsyncContextManager[SqlShopUnits]]
"""Opens an empty database of its own, for a test that needs several of them."""
