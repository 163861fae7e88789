"""Writers: pure functions from an episode to a script's text, the other half of the readers."""
