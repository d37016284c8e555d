"""Texts of models: prepared, made vectors, compared."""
