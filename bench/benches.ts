import type { Bench } from './bench.ts'

export interface BenchEntry {
  /** The heading of its section in docs/BENCHMARKS.md. */
  readonly title: string
  /** What `npm run bench` says about it. */
  readonly about: string
  readonly load: () => Promise<{ readonly bench: Bench }>
}

/** Every benchmark by the name it is run with. Loaded when it is run: one must not need what another needs. */
export const BENCHES = {
  conda: {
    title: 'The conda formats',
    about:
      'versions, match specs, index scan, archives, against JSON.parse, rattler and conda-package-streaming',
    load: () => import('./conda.ts'),
  },
  'cve-truth': {
    title: 'Vulnerabilities: precision and recall',
    about: 'the matcher on labelled rows: FILE SOURCE..., as terrarium cve-truth',
    load: () => import('./cve-truth.ts'),
  },
  scanners: {
    title: 'Vulnerabilities: beside other scanners',
    about:
      'who finds what of the truth set: grype, osv-scanner, pip-audit and cve-bin-tool, [--cache FOLDER]',
    load: () => import('./scanners.ts'),
  },
  permissions: {
    title: 'Permissions',
    about: 'the question "may this actor do that" and recognising tokens, with 10,000 people',
    load: () => import('./permissions.ts'),
  },
  world: {
    title: 'A channel as large as conda-forge',
    about:
      'writes and publishes a channel with the shape of conda-forge; --data FOLDER keeps it for the others',
    load: () => import('./world.ts'),
  },
  matching: {
    title: 'Vulnerabilities: a whole world matched',
    about:
      '2.5 million files against 300,000 advisories, cold and a day later; --files N for a smaller world',
    load: () => import('./matching.ts'),
  },
  index: {
    title: 'Indexing',
    about:
      'a full index and one changed name, against conda-index and rattler-index; --data FOLDER of a world',
    load: () => import('./index.ts'),
  },
  serving: {
    title: 'Serving',
    about: 'shards, 304, monolithic indexes and packages, against nginx, with wrk; --data FOLDER of a world',
    load: () => import('./serving.ts'),
  },
  policies: {
    title: 'Policies',
    about: 'decisions, preview, and from an edit to gate and index: [--records 500000] [--data FOLDER]',
    load: () => import('./policies.ts'),
  },
  publish: {
    title: 'Publishing while it is served',
    about: 'one changed name until it is served, and reads while everything is decided again: --data WORLD',
    load: () => import('./publish.ts'),
  },
} as const satisfies Record<string, BenchEntry>
