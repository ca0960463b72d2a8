"""The entry point of the `trailmin` command."""

from trailmin.cli.app import build_app
from trailmin.cli.output import prepare_streams


def main() -> None:
    """Run the command line on the process's arguments and exit."""
    import trailmin.without_pandas  # noqa: F401 - in the command's own process only

    prepare_streams()
    build_app()(prog_name="trailmin")
