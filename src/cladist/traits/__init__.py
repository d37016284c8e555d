"""Traits along edges: tables of edges, flows, margins, directions, quantities."""
