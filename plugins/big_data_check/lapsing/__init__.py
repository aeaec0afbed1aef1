"""Authorisations that run out: found, listed, the household reminded in time."""
