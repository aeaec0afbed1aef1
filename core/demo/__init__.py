"""The demonstration: its processes kept running on one machine, and what there is to see in it."""
