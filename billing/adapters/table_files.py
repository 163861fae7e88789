"""Tables as files, row by row: CSV for spreadsheets, Parquet for whoever reckons on. Written to disk, then sent.

A text that a spreadsheet would run as a formula is quoted out of it; Parquet has every text as it is.
"""

from __future__ import annotations

import asyncio
import csv
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from billing.exports import Cell, Format, Row, Table

ROWS_AT_ONCE = 20_000
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a cell begins with that a spreadsheet takes for a formula (OWASP, CSV injection)."""


class CsvFile:
    """RFC 4180, UTF-8, with a header."""

    def __init__(self, path: Path, table: Table) -> None:
        self._file = path.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow([name for name, _ in table.columns])

    def write(self, rows: Sequence[Row]) -> None:
        """Append rows."""
        self._writer.writerows([[harmless(cell) for cell in row] for row in rows])

    def close(self) -> None:
        """End the file."""
        self._file.close()


class ParquetFile:
    """Compressed with zstd; whole numbers are 64 bits wide."""

    def __init__(self, path: Path, table: Table) -> None:
        kinds = {"text": pa.string(), "whole": pa.int64()}
        self._schema = pa.schema([(name, kinds[kind]) for name, kind in table.columns])
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd")

    def write(self, rows: Sequence[Row]) -> None:
        """Append rows as one row group."""
        columns = zip(zip(*rows, strict=True), self._schema, strict=True)
        arrays = [pa.array(column, type=field.type) for column, field in columns]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))

    def close(self) -> None:
        """End the file."""
        self._writer.close()


def opened(path: Path, table: Table, form: Format) -> CsvFile | ParquetFile:
    """A file to write a table into."""
    return CsvFile(path, table) if form == "csv" else ParquetFile(path, table)


def harmless(cell: Cell) -> Cell:
    """A cell that no spreadsheet runs; numbers are numbers."""
    if isinstance(cell, str) and cell.startswith(FORMULA):
        return f"'{cell}"
    return cell


async def write(path: Path, table: Table, form: Format, rows: AsyncIterator[Row]) -> int:
    """Write all rows, in pieces and away from the event loop; returns how many."""
    count = 0
    file = await asyncio.to_thread(opened, path, table, form)
    try:
        piece: list[Row] = []
        async for row in rows:
            piece.append(row)
            if len(piece) == ROWS_AT_ONCE:
                await asyncio.to_thread(file.write, piece)
                count, piece = count + len(piece), []
        if piece:
            await asyncio.to_thread(file.write, piece)
        return count + len(piece)
    finally:
        await asyncio.to_thread(file.close)
