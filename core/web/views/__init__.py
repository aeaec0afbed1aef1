"""What pages and API show, read from the database for one person: rows in, plain values out; nothing is changed here."""
