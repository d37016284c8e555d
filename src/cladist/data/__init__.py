"""Packaged tables: languages, old ids, placeholders."""
