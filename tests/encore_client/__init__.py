"""What a client of `encore.v1` has to know, without a socket, and the cases that it is held to.

It must import nothing of the server, so that the two can be held against each other.
"""
