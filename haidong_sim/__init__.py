"""Economic scenario simulation of a Chinese prefecture-level city."""
