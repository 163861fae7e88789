"""Credits that always add up: ledger, holds, prices, receipts. Knows nothing of words or of the web."""
