"""What growth would have to be made of: labour, capital, productivity."""
