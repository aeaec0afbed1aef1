"""Publicity: that every household of a village has been told what the allowance is, who may have it and how to apply."""
