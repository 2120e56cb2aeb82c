"""The page of a suite: one HTML file with tables and charts."""
