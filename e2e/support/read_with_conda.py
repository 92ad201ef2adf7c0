"""Reads channels and downloads files with the code of conda itself, as `conda search` and `conda install` do.

Takes one JSON argument {"home", "queries": [[channel, subdir, spec]], "downloads": [url]}; prints, for each query
the versions found or what conda says, for each download its size or what conda says."""

import importlib.util
import json
import os
import pathlib
import sys

request = json.loads(sys.argv[1])
# conda is not on PyPI; conda-lock holds its code
found = importlib.util.find_spec("conda_lock")
sys.path.insert(0, str(pathlib.Path(found.origin).parent / "_vendor"))
home = pathlib.Path(request["home"])
sys.prefix = str(home)
(home / "conda-meta").mkdir(parents=True, exist_ok=True)
os.environ.update(CONDA_PKGS_DIRS=str(home / "pkgs"), CONDARC=str(home / "condarc"), HOME=str(home))

from conda.core.subdir_data import SubdirData  # noqa: E402
from conda.gateways.connection.download import download  # noqa: E402
from conda.models.channel import Channel  # noqa: E402
from conda.models.match_spec import MatchSpec  # noqa: E402


def attempt(work):
    try:
        return work()
    except Exception as error:  # noqa: BLE001: whatever conda shows to its user
        return f"{type(error).__name__}: {error}"


def versions(channel, subdir, spec):
    records = SubdirData(Channel(f"{channel}/{subdir}")).query(MatchSpec(spec))
    return sorted(record.version for record in records)


def size(url):
    target = home / "downloaded"
    target.unlink(missing_ok=True)
    download(url, str(target))
    return target.stat().st_size


print(
    json.dumps(
        {
            "queries": [attempt(lambda: versions(*query)) for query in request["queries"]],
            "downloads": [attempt(lambda: size(url)) for url in request["downloads"]],
        }
    )
)
