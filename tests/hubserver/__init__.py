"""A hub on 127.0.0.1 that speaks the Hub's API, with faults on demand; ``python -m hubserver``."""
