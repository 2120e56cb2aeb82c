"""Says which versions are there, which gate is in the way, and what mends it.

Runs as ``mim run ce_plugin doctor``, or ``python -m`` this module. Returns 0 if
pretraining, detection and segmentation can all run, else 1.
"""

from __future__ import annotations

import argparse
import sys

from ce_plugin.console.command import run_tool, tool_parser

DESCRIPTION = "Which versions are there, which gate is in the way, what mends it."


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line's arguments."""
    parser = tool_parser(DESCRIPTION)
    return parser.parse_args(argv)


def doctor(args: argparse.Namespace) -> int:
    """Prints the report on this environment; the number of its problems."""
    from ce_plugin.environment.facts import this_environment
    from ce_plugin.environment.report import report

    text, count = report(this_environment())
    print(text)
    return count


def main() -> int:
    """The command."""
    return run_tool(parse_args(), doctor)


if __name__ == "__main__":
    sys.exit(main())
