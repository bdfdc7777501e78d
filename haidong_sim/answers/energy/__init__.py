"""Energy targets under every convention of counting."""
