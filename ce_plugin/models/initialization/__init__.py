"""Initial weights that are fitted to data without learning."""
