"""What the suites, the runner and the tables are made of."""

from .suite import Images, Method, Minutes, Run, Suite, Task

__all__ = ["Images", "Method", "Minutes", "Run", "Suite", "Task"]
