"""What a case must satisfy beyond the types of its keys."""
