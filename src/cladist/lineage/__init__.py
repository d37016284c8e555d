"""Who descends from whom: the graph, its cuts, families, traversals and shapes."""
