"""The record of a session: all of it, signed, sealed once, kept as evidence with its hash in the journal."""
