"""Complaints and objections: taken from anybody, kept apart from the files they are about, answered by whom they do not accuse."""
