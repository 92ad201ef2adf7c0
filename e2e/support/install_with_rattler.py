"""Solves, downloads and links an environment with py-rattler, then compares every linked file with the hash
its package states. Takes one JSON argument, prints one JSON answer."""

import asyncio
import hashlib
import json
import pathlib
import sys

from rattler.networking import Client
from rattler import BuildString, GenericVirtualPackage, Gateway, PackageName, SourceConfig, Subdir, Version, install, solve

# what a Linux machine of the platform would say of itself
VIRTUAL = [
    GenericVirtualPackage(PackageName(name), Version(version), BuildString("0"))
    for name, version in [("__unix", "0"), ("__linux", "5.10"), ("__glibc", "2.31")]
]


async def main(options):
    prefix = pathlib.Path(options["prefix"])
    # credentials come from RATTLER_AUTH_FILE or NETRC, as for pixi
    client = Client.authenticated_client()
    config = SourceConfig(sharded_enabled=options.get("sharded", True))
    records = await solve(
        sources=[options["channel"]],
        specs=options["specs"],
        platforms=[options["platform"], "noarch"],
        virtual_packages=VIRTUAL,
        gateway=Gateway(cache_dir=options["cache"] + "-repodata", default_config=config, client=client),
    )
    answer = {
        "records": [
            {
                "name": record.name.normalized,
                "version": str(record.version),
                "sha256": record.sha256.hex() if record.sha256 else "",
                "url": record.url,
            }
            for record in records
        ],
        "filesChecked": 0,
        "wrongFiles": [],
    }
    if not options.get("solveOnly"):
        await install(
            records,
            target_prefix=prefix,
            cache_dir=options["cache"],
            platform=Subdir(options["platform"]),
            show_progress=False,
            client=client,
        )
        for meta in sorted((prefix / "conda-meta").glob("*.json")):
            check(prefix, json.loads(meta.read_text()), answer)
    print(json.dumps(answer))


def check(prefix, meta, answer):
    for entry in meta["paths_data"]["paths"]:
        if entry.get("path_type") != "hardlink" or not entry.get("sha256"):
            continue
        wanted = entry.get("sha256_in_prefix") or entry["sha256"]
        found = hashlib.sha256((prefix / entry["_path"]).read_bytes()).hexdigest()
        answer["filesChecked"] += 1
        if found != wanted:
            answer["wrongFiles"].append(entry["_path"])


asyncio.run(main(json.loads(sys.argv[1])))
