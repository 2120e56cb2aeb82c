"""Tables of a suite, and the formats they are written in."""
