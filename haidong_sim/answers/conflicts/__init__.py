"""Which targets exclude each other, and the smallest ways out."""
