"""Unknown numbers from data: measurements as conditions of a problem, and what they say about the numbers."""
