"""Character cards and lorebooks as the world exchanges them: bytes in, values out, and back without a loss.

Everything here is pure and bounded: a hostile file costs a counted amount of work and memory and ends in `NotACard`.
Nothing here opens, fetches or writes anything.
"""
