"""Ways to look at results and lineages: tables, charts, exports."""
