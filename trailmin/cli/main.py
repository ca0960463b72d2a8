"""The entry point of the `trailmin` command."""

import gc

from trailmin.cli.app import build_app
from trailmin.cli.output import prepare_streams


def main() -> None:
    """Run the command line on the process's arguments and exit."""
    # What a command makes lives to its end, and holds few cycles: to look for them after each 700 objects took a fifth
    # of the time of a run over many roles.
    gc.set_threshold(100_000, 20, 20)
    import trailmin.without_pandas  # noqa: F401 - in the command's own process only

    prepare_streams()
    build_app()(prog_name="trailmin")
