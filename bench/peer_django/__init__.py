"""The same ballot as a Django developer would write it: Django, DRF, gunicorn; ORM where it reads naturally.

Works on our tables, behind the same row-level security. Where Django needs fewer transactions or queries than habit
would give it (one transaction a request, joined look-ups, kept connections), it gets them.
"""
