"""Bringing things in from platforms that do not push them: files, polled events, profiles; and letting files go when they expire."""
