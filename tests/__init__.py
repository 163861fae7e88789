"""Tests, and what only they need."""
