"""From what is on file to what is printed: postings, written notices, official forms, the worksheet."""
