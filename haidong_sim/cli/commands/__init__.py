"""One module per command; a new file here is a new command.

A module has `NAME`, the word typed after `haidong-sim`, and `command`, a function whose typed arguments are
the options and whose docstring is the help. Heavy layers are imported inside `command`.
"""
