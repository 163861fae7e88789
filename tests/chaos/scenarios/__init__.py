"""One fault at a time, seeded and bounded, each with the same questions at its end."""
