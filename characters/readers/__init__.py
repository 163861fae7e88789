"""Readers: pure functions from a script's text to episodes. None of them opens a file or reads a clock."""
