"""Weight files of other frameworks and libraries."""
