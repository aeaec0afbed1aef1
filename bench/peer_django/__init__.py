"""The same ballot as a Django developer would write it: Django, DRF, gunicorn; ORM where it reads naturally.

Works on our tables, behind the same row-level security. What makes Django faster than habit would, it gets: one
transaction a request, joined look-ups, kept connections, prepared statements.
"""
