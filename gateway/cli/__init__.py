"""The `encore` command. Every module here holds the commands of one subject; what they do is done elsewhere."""
