"""Estimates and their uncertainty: resampling, tests, medians, orders."""
