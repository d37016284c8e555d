"""Readers of the places where model metadata lies; each hands over raw batches."""
