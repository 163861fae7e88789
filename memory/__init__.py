"""What a character can recall: canon under a horizon, and what was said to a fan.

It knows nothing of prompts, money or the web.
"""
