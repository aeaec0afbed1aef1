"""A session as it goes: who comes and leaves, pauses, what observers note."""
