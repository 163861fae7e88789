"""An AI performing a character: the prompt, the model's stream, and the review before a word leaves.

Knows nothing of money, the web or SQL.
"""
