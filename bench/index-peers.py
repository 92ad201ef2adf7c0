"""Other makers of indexes at the records that index.ts wrote down. Prints seconds, CPU seconds and the highest memory in MB."""

import importlib.util
import json
import os
import pathlib
import resource
import sys
import time


def records(folder):
    with open(folder / "records.jsonl") as lines:
        for line in lines:
            yield json.loads(line)


def timed(work, **facts):
    cpu_before = cpu_seconds()
    started = time.perf_counter()
    work()
    seconds = time.perf_counter() - started
    cpu = cpu_seconds() - cpu_before
    memory = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    print(json.dumps({"seconds": seconds, "cpu": cpu, "memory": memory, **facts}))


def cpu_seconds():
    """Of this process and those it started and that have ended."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def conda_index(root):
    """From the cache that conda-index keeps: everything is known, nothing has to be opened."""
    found = importlib.util.find_spec("conda_lock")  # carries conda along, which is not on PyPI
    vendored = str(pathlib.Path(found.origin).parent / "_vendor")
    sys.path.insert(0, vendored)
    os.environ["PYTHONPATH"] = vendored  # for the processes it starts
    from conda_index.index import ChannelIndex
    from conda_index.index.sqlitecache import CondaIndexCache

    for subdir in subdirs(root):
        cache = CondaIndexCache(root, subdir)
        cache.convert()
        with cache.db:
            for filename, record in records(root / subdir):
                path = cache.database_path(filename)
                cache.db.execute(
                    "INSERT INTO index_json (path, index_json) VALUES (?, ?)", (path, json.dumps(record))
                )
                for stage in ("fs", "indexed"):
                    cache.db.execute(
                        "INSERT INTO stat (stage, path, mtime, size) VALUES (?, ?, 1, 1)", (stage, path)
                    )
        cache.db.close()

    def work():
        channel = ChannelIndex(
            root, "bench", threads=2, write_zst=True, write_shards=True, save_fs_state=False, update_only=False
        )
        channel.index(None)

    timed(work)
    check(root)


def rattler_index(root):
    """Over the index it has made before: a file whose name it knows is not opened, so empty files do."""
    import asyncio

    from rattler.index import index_fs

    # it opens the shards of a subdir all at once, and fails where there are more than files it may open
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    shards = True
    for subdir in subdirs(root):
        packages = {"packages": {}, "packages.conda": {}}
        names = set()
        for filename, record in records(root / subdir):
            names.add(record["name"])
            packages["packages.conda" if filename.endswith(".conda") else "packages"][filename] = record
            (root / subdir / filename).touch()
        with open(root / subdir / "repodata.json", "w") as out:
            json.dump({"info": {"subdir": subdir}, **packages, "repodata_version": 1}, out)
        shards = shards and len(names) < most / 2

    timed(lambda: asyncio.run(index_fs(root, write_zst=True, write_shards=shards, force=False)), shards=shards)
    check(root)


def subdirs(root):
    return sorted(path.parent.name for path in root.glob("*/records.jsonl"))


def check(root):
    """Or a maker that drops records would win."""
    for subdir in subdirs(root):
        with open(root / subdir / "repodata.json") as made:
            index = json.load(made)
        count = len(index["packages"]) + len(index["packages.conda"])
        expected = sum(1 for _ in records(root / subdir))
        if count != expected:
            raise SystemExit(f"{subdir} has {count} records, not {expected}")


if __name__ == "__main__":
    {"conda-index": conda_index, "rattler-index": rattler_index}[sys.argv[1]](pathlib.Path(sys.argv[2]))
