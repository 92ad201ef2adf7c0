"""One request of a client with a token, as the client's own code makes it. Takes one JSON argument, prints one JSON
answer: {"said": what the client tells its user, or an empty text when it had what it asked for}.

    {"client": "conda", "channel": URL, "spec": SPEC}             conda reads a channel
    {"client": "anaconda", "url": URL, "token": TOKEN or null}    anaconda-client asks with its header
    {"client": "anaconda login", "site": URL, "token": TOKEN}     anaconda-client keeps a token where conda looks for it
    {"client": "wheel", "path": PATH}                             makes a wheel, for pip and twine"""

import importlib.util
import json
import logging
import os
import pathlib
import sys
import warnings
import zipfile

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

home = pathlib.Path(os.environ["HOME"])


def conda(request):
    # conda is not on PyPI; conda-lock carries it along
    found = importlib.util.find_spec("conda_lock")
    sys.path.insert(0, str(pathlib.Path(found.origin).parent / "_vendor"))
    sys.prefix = str(home)
    (home / "conda-meta").mkdir(parents=True, exist_ok=True)
    os.environ.update(CONDA_PKGS_DIRS=str(home / "pkgs"), CONDARC=str(home / "condarc"))
    from conda.base.context import reset_context
    from conda.core.subdir_data import SubdirData
    from conda.models.channel import Channel
    from conda.models.match_spec import MatchSpec

    reset_context(())
    records = list(SubdirData(Channel(f"{request['channel']}/noarch")).query(MatchSpec(request["spec"])))
    assert records, "the channel has no such package"


def anaconda(request):
    from binstar_client import Binstar

    client = Binstar(request["token"], domain=request["url"])
    client._check_response(client.session.get(request["url"]))


def anaconda_login(request):
    from types import SimpleNamespace

    from binstar_client.utils.config import set_config, store_token

    set_config({"sites": {"ours": {"url": request["site"]}}})
    store_token(request["token"], SimpleNamespace(site="ours"))


def wheel(request):
    info = "demo-1.0.dist-info"
    with zipfile.ZipFile(request["path"], "w") as file:
        file.writestr("demo/__init__.py", "")
        file.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n")
        file.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: e2e\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr(f"{info}/RECORD", "")


asked = json.loads(sys.argv[1])
try:
    {"conda": conda, "anaconda": anaconda, "anaconda login": anaconda_login, "wheel": wheel}[asked["client"]](asked)
    said = ""
except Exception as error:  # noqa: BLE001: whatever the client shows to its user
    said = f"{type(error).__name__}: {error}"
print(json.dumps({"said": said}))
