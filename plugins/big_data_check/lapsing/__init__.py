"""Authorisations that run out or were withdrawn: found, listed, the household reminded in time."""
