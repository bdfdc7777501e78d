"""Can it be, and what must be true: verdicts, least changes, conflicts of targets, the supply side."""
