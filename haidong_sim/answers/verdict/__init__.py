"""The verdict on targets: how far, how fast, how likely, alone and together."""
