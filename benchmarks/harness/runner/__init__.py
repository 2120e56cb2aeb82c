"""The runner: which runs there are, what is done already, and their execution."""
