"""Color spaces, and their bins for colorization."""
