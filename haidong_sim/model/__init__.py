"""One year forward: the equations, and the only loop over years."""
