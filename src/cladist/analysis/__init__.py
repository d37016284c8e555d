"""The analyses: pure functions of a snapshot, independent of one another."""
