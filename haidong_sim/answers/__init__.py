"""What follows from a run: one folder or module an answer; they do not see each other."""
