"""Other implementations at the work that conda.ts measures. Prints the best time of three, in milliseconds."""

import json
import sys
import time


def best_of_three(work):
    work()
    times = []
    for _ in range(3):
        started = time.perf_counter()
        work()
        times.append((time.perf_counter() - started) * 1000)
    print(json.dumps(min(times)))


def sparse(path, subdir):
    from rattler import Channel
    from rattler.repo_data import SparseRepoData

    def work():
        with SparseRepoData(Channel("bench"), subdir, path) as index:
            index.package_names()

    best_of_three(work)


def archives(list_path):
    from conda_package_streaming.package_streaming import CondaComponent, stream_conda_component

    with open(list_path) as lines:
        paths = lines.read().splitlines()

    def read_info(path):
        files = {}
        with open(path, "rb") as fileobj:
            for tar, member in stream_conda_component(path, fileobj, CondaComponent.info):
                if not member.name.startswith("info/"):
                    break
                if member.name in ("info/index.json", "info/about.json", "info/paths.json"):
                    files[member.name] = json.loads(tar.extractfile(member).read())
        return files

    def work():
        for path in paths:
            read_info(path)

    best_of_three(work)


{"sparse": sparse, "archives": archives}[sys.argv[1]](*sys.argv[2:])
