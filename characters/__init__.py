"""Shows, their scripts and the people in them. Knows nothing of the web, of models or of money."""
