"""Files beside a `serverless.yml` that its variables take texts from."""

import posixpath
from functools import lru_cache

from trailmin.current.iac.tree import SourceNode, from_json
from trailmin.current.iac.yaml_tree import read_yaml
from trailmin.current.json_file import read_text
from trailmin.current.source import DocumentPath
from trailmin.errors import CurrentError, PolicyError
from trailmin.policy.json_text import read_json

_SUFFIXES = (".yml", ".yaml", ".json")
_SIZE_CAP = 1024 * 1024


def read_beside(place: DocumentPath, name: str) -> SourceNode | None:
    """Return what a YAML or JSON file holds, by its path from the folder of another file.

    None where it is outside the repository, missing, too large, of another kind (scripts are never run) or not to be
    parsed: what it holds is then unknown.
    """
    relative = posixpath.normpath(posixpath.join(posixpath.dirname(place.relative), name))
    path = place.root / relative
    if relative.startswith(("../", "/")) or not relative.endswith(_SUFFIXES):
        return None
    try:
        if not path.resolve().is_relative_to(place.root.resolve()) or path.stat().st_size > _SIZE_CAP:
            return None
        return _parsed(read_text(path), relative)
    except (OSError, CurrentError, PolicyError):
        return None


@lru_cache(maxsize=64)
def _parsed(text: str, origin: str) -> SourceNode | None:
    if text.lstrip().startswith(("{", "[")):
        return from_json(read_json(text))
    documents = read_yaml(text, origin=origin)
    return documents[0] if len(documents) == 1 else None
