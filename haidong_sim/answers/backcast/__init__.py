"""What would have to be true: the least change of path that meets a target."""
