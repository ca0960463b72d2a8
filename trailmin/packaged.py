"""Where the files that travel with the package are: templates and sample logs."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def packaged_path(name: str) -> Path:
    """Return the folder `templates` or `sample_logs`, from a checkout, an editable install or a wheel.

    Raises:
        FileNotFoundError: The installation lacks the folder.
    """
    for candidate in (_PACKAGE / "_packaged" / name, _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"this installation of trailmin lacks its folder '{name}'")
