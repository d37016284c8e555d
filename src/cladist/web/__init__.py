"""The explorer: a local web application over one snapshot, and its API."""
