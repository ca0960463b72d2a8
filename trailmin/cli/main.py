"""The entry point of the `trailmin` command."""

from trailmin.cli.app import build_app


def main() -> None:
    """Run the command line on the process's arguments and exit."""
    build_app()(prog_name="trailmin")
