"""Downloads a file with conda's own code, and prints what conda says to its user when it may not.

    python download_with_conda.py URL

The answer, as JSON, is what was said; empty when it could be had."""

import importlib.util
import json
import logging
import pathlib
import sys
import tempfile
import warnings

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

# conda is not on PyPI; conda-lock carries it along
sys.path.insert(0, str(pathlib.Path(importlib.util.find_spec("conda_lock").origin).parent / "_vendor"))

from conda.base.context import reset_context  # noqa: E402
from conda.exceptions import CondaError  # noqa: E402
from conda.gateways.connection.download import download  # noqa: E402

reset_context(())
try:
    download(sys.argv[1], str(pathlib.Path(tempfile.mkdtemp()) / "package.conda"))
    said = ""
except CondaError as error:
    said = str(error)
print(json.dumps(said))
