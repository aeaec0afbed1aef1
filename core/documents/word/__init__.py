"""A district's own Word templates for the official forms: checked when saved, filled in a sandbox, kept by version.

package ─ is the file what it should be?   language ─ does it use what there is, and no more?
vocabulary ─ what there is, per form       filling ─ the finished file        versions ─ which one holds today
"""
