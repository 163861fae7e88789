"""The only place where money and words meet: protocol, sessions, turns, HTTP, settings, composition, commands."""
