"""Linear and quadratic programmes by well-kept solvers, with errors of this library."""
