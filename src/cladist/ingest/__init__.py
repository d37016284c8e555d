"""Raw records into a snapshot: staging, matching, normalising, writing, the books."""
