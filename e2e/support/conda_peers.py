"""What others make of the same input: conda, conda-index, conda-package-streaming, msgpack with zstandard, rattler.

    python conda_peers.py COMMAND REQUEST ANSWER

reads JSON from the file REQUEST and writes JSON to the file ANSWER."""

import asyncio
import gzip
import hashlib
import importlib.util
import json
import logging
import os
import pathlib
import sys
import tarfile
import warnings

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)


def use_conda():
    """conda is not on PyPI; conda-lock carries it along."""
    found = importlib.util.find_spec("conda_lock")
    sys.path.insert(0, str(pathlib.Path(found.origin).parent / "_vendor"))


def plain(value):
    """Bytes as hex, so that it can be JSON."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def shards(folder):
    """Every file of shards, by msgpack and zstandard, as conda reads them."""
    import msgpack
    import zstandard

    def read(path):
        return plain(msgpack.loads(zstandard.decompress(path.read_bytes())))

    subdir = pathlib.Path(folder)
    index = read(subdir / "repodata_shards.msgpack.zst")
    base = subdir / index["info"]["shards_base_url"]
    records = {}
    for name, digest in index["shards"].items():
        path = base / f"{digest}.msgpack.zst"
        assert hashlib.sha256(path.read_bytes()).hexdigest() == digest
        records[name] = read(path)
    return {"info": index["info"], "version": index["version"], "shards": records}


def gateway(request):
    """Every record of the names, by rattler's gateway, which prefers shards."""
    from rattler import Gateway, SourceConfig

    async def query():
        config = SourceConfig(sharded_enabled=True, zstd_enabled=False, bz2_enabled=False)
        gateway = Gateway(cache_dir=request["cache"], default_config=config)
        names, size = request["names"], request["atOnce"]
        answers = []
        for i in range(0, len(names), size):
            batch = names[i : i + size]
            answers += await gateway.query([request["channel"]], [request["subdir"]], batch, recursive=False)
        return answers

    found = {}
    for records in asyncio.run(query()):
        for record in records:
            found[record.file_name] = {
                "name": record.name.normalized,
                "version": str(record.version),
                "build": str(record.build),
                "build_number": record.build_number,
                "depends": list(record.depends),
                "constrains": list(record.constrains),
                "size": record.size,
                "md5": record.md5.hex() if record.md5 else None,
                "sha256": record.sha256.hex() if record.sha256 else None,
            }
    return found


def read_index(path):
    opened = gzip.open(path) if path.endswith(".gz") else open(path, "rb")
    with opened as file:
        return json.load(file)


def current(paths):
    """The file names of current_repodata.json, with legacy_bz2_md5 of those that have one, of each index."""
    use_conda()
    from conda.exceptions import CondaError
    from conda_index.index.current_repodata import build_current_repodata

    answer = []
    for path in paths:
        repodata = read_index(path)
        for section in ("packages", "packages.conda"):
            repodata[section] = repodata.get(section) or {}
            for record in repodata[section].values():
                record.setdefault("depends", [])
                # left by clients: what counts is the name it is listed under
                for field in ("fn", "url", "channel", "schannel"):
                    record.pop(field, None)
        repodata["info"] = {"subdir": "noarch"}
        try:
            made = build_current_repodata("noarch", repodata, {})
        except (KeyError, CondaError) as error:
            # a .conda listed among the .tar.bz2, or syntax that this conda does not have
            answer.append({"error": type(error).__name__})
            continue
        twins = {name: record["legacy_bz2_md5"] for name, record in made["packages.conda"].items()}
        answer.append({"packages": sorted(made["packages"]), "packages.conda": twins})
    return answer


def patched(requests):
    """Repodata with patch instructions applied, of each pair of paths."""
    use_conda()
    from conda_index.index import _apply_instructions

    return [
        _apply_instructions("noarch", read_index(request["index"]), read_index(request["instructions"]))
        for request in requests
    ]


def index(request):
    """Indexes a channel with conda-index and gives what it wrote."""
    use_conda()
    from conda_index.index import ChannelIndex

    root = pathlib.Path(request["channel"])
    channel = ChannelIndex(root, "test", threads=1, write_run_exports=True, write_bz2=False, write_zst=False)
    channel.index(None)
    channel.update_channeldata()
    answer = {"channeldata": json.loads((root / "channeldata.json").read_text()), "subdirs": {}}
    for subdir in request["subdirs"]:
        answer["subdirs"][subdir] = {
            name: json.loads((root / subdir / f"{name}.json").read_text())
            for name in ("repodata", "current_repodata", "run_exports")
        }
    return answer


def archives(paths):
    """All members of each archive by conda-package-streaming, or what it says of an archive it can not read."""
    from conda_package_streaming.package_streaming import CondaComponent, stream_conda_component

    def describe(path):
        members = []
        components = ("info", "pkg") if path.endswith(".conda") else ("pkg",)
        for component in components:
            with open(path, "rb") as fileobj:
                for tar, member in stream_conda_component(path, fileobj, CondaComponent[component]):
                    content = tar.extractfile(member).read() if member.isfile() else None
                    members.append(
                        {
                            "path": member.name,
                            "kind": kind_of(member),
                            "mode": member.mode,
                            "target": member.linkname if member.issym() or member.islnk() else None,
                            "sha256": None if content is None else hashlib.sha256(content).hexdigest(),
                            "text": content.decode("utf-8", "replace")
                            if member.name in ("info/index.json", "info/about.json", "info/run_exports.json")
                            and content is not None
                            else None,
                        }
                    )
        return members

    answer = {}
    for path in paths:
        try:
            answer[path] = {"members": describe(path)}
        except Exception as error:
            answer[path] = {"error": f"{type(error).__name__}: {error}"}
    return answer


def kind_of(member):
    kinds = {tarfile.SYMTYPE: "symlink", tarfile.LNKTYPE: "hardlink", tarfile.DIRTYPE: "directory"}
    return kinds.get(member.type, "file" if member.isfile() else "other")


def specs(cases):
    """What conda itself says of versions, version specs and match specs."""
    use_conda()
    from conda.exceptions import CondaError
    from conda.models.match_spec import MatchSpec
    from conda.models.records import PackageRecord
    from conda.models.version import VersionOrder, VersionSpec

    def answer(case):
        if case["op"] == "compare":
            a, b = VersionOrder(case["a"]), VersionOrder(case["b"])
            return (a > b) - (a < b)
        if case["op"] == "starts_with":
            return VersionOrder(case["a"]).startswith(VersionOrder(case["b"]))
        if case["op"] == "version_spec":
            return bool(VersionSpec(case["spec"]).match(case["version"]))
        spec = MatchSpec(case["spec"])
        return [str(spec), bool(spec.match(PackageRecord.from_objects(case["record"])))]

    answers = []
    for case in cases:
        try:
            answers.append(answer(case))
        except CondaError:
            answers.append("error")
        except Exception as error:
            answers.append(f"crash: {error!r}")
    return answers


if __name__ == "__main__":
    command, request_path, answer_path = sys.argv[1:]
    commands = {
        function.__name__: function for function in (shards, gateway, current, patched, index, archives, specs)
    }
    request = json.loads(pathlib.Path(request_path).read_text())
    answer = commands[command](request)
    pathlib.Path(answer_path).write_text(json.dumps(answer))
    sys.stdout.flush()
    # rattler's threads crash the interpreter now and then when it ends in the ordinary way
    os._exit(0)
