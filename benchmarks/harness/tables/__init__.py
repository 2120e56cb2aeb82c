"""From the results of a suite to Markdown, CSV, LaTeX and a page."""
