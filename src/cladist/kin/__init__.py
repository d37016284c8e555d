"""Relatives: motifs, classes of kin, kinship, draws of relatives."""
