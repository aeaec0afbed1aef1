"""A village round played from outside: made-up households, everybody's part through the public JSON API, and a reckoning.

Nothing here looks inside the system: what should come out is worked out again in `expectation`, and the sample drawn
is recomputed in `lottery`, both without the rules and the sampling they check.
"""
