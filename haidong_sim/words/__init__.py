"""What the library says: numbers, labels and sentences, in two languages, in one place."""
