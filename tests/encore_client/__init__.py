"""A client of `encore.v1`: what it has to know, without a socket; a shell around that; and the cases it is held to.

It must import nothing of the server, so that the two can be held against each other.
"""
