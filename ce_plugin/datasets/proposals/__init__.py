"""Object proposals for Fast R-CNN: selective search and its files."""
