"""The live Hub: a client that keeps to its limits, walks of families, fetches that resume."""
