"""The store of results: written, read, and where each comes from."""
