"""Batch files too large to be read at once: sent in pieces, checked in the background, taken in one step or not at all.

receiving ──all pieces──▶ queued ─▶ checking ──no row wrong──▶ taken
    │                                  │  └──some rows wrong──▶ deciding ──an officer keeps the rest──▶ taken
    └────────── an officer stops ──────┴────────────────────────────┴──▶ cancelled       the file is at fault ─▶ refused

Rows are put aside while they are checked (`staged`), where nobody is answered from; taking them is one transaction. Who
stops, and what is refused, leaves nothing behind but the line that says so.
"""
