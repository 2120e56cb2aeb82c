"""A local page on which holes are painted and filled: ``mim run ce_plugin demo``.

Nothing heavy is imported before the arguments are read.
"""

from __future__ import annotations

import argparse
import sys

from ce_plugin.console.command import run_tool, tool_parser

EPILOG = """\
examples:
  %(prog)s
  %(prog)s --checkpoint work_dirs/pretrain_ce --collection photos

Open the address that it prints; Ctrl-C ends it. Only this machine can reach the page
unless --host says otherwise. Nothing that is uploaded is written down.

exit codes: 0 ended, 2 wrong input
"""


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line's arguments."""
    parser = tool_parser(
        "A local page: load a photo, paint the hole, compare fillers.", EPILOG
    )
    add = parser.add_argument
    own = "default: the generator that comes with the package"
    add("--checkpoint", help=f"of encoder-decoder: a file or a run's folder ({own})")
    add("--collection", help="of nearest: the pictures to take from")
    add("--host", default="127.0.0.1", help="address to listen on (default: loopback)")
    add("--port", type=int, default=7860, help="0: a free one (default: 7860)")
    add("--max-megabytes", type=float, default=20, help="of an upload (default: 20)")
    add("--max-megapixels", type=float, default=16, help="of a picture (default: 16)")
    add("--device", help="for a network (default: cuda if there, or cpu)")
    return parser.parse_args(argv)


def demo(args: argparse.Namespace) -> None:
    """Serves the page of ``args`` until interrupted.

    Raises:
        InputError: Flask is not installed, the port is taken, or a filler cannot be
            built from what is given.
    """
    from mmengine.registry import init_default_scope

    from ce_plugin.console.logs import quiet_mmengine
    from ce_plugin.optional import require
    from ce_plugin.pages.demo import Limits, list_offers

    quiet_mmengine()
    require("flask", "the demo page", "demo")
    from ce_plugin.pages.demo.app import create_app
    from ce_plugin.pages.demo.server import (
        DemoServer,
        is_local,
        listen,
        url_of,
        visitors_of,
    )

    limits = Limits(args.max_megabytes, args.max_megapixels)
    init_default_scope("ce_plugin")
    # First the port: to find it taken after a minute of building would be a pity.
    with listen(args.host, args.port) as listening:
        offers = list_offers(args.checkpoint, args.collection, args.device)
        if not is_local(listening):
            print(
                f"warning: --host {args.host} lets other machines in; there is no "
                "password, and all can make this machine work",
                file=sys.stderr,
            )
        app = create_app(offers, limits, visitors_of(listening, args.host))
        url = url_of(listening, args.host)
        server = DemoServer(listening, app)
    print(f"The page is at {url} (Ctrl-C ends it)", flush=True)
    server.serve_forever()  # returns on Ctrl-C
    print("ended", flush=True)


def main() -> int:
    """The command."""
    return run_tool(parse_args(), demo)


if __name__ == "__main__":
    sys.exit(main())
