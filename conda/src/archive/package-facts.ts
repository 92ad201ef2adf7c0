/**
 * What the names of a package's files tell about it: code that runs on installation or activation, Python
 * distributions inside, licences, patches. Names only, contents are not looked at.
 */
export interface ChannelDataFlags {
  readonly activateD: boolean
  readonly deactivateD: boolean
  readonly binaryPrefix: boolean
  readonly textPrefix: boolean
  readonly preLink: boolean
  readonly postLink: boolean
  readonly preUnlink: boolean
}

export interface DistInfo {
  /** As the folder spells it: `Foo_Bar`. */
  readonly name: string
  readonly version: string
}

export interface FileFacts {
  /** Scripts that installers run with the rights of the user: arbitrary code. */
  readonly linkScripts: readonly string[]
  /** Scripts that every activation of the environment runs. */
  readonly activationScripts: readonly string[]
  /** Python distributions, by their `*.dist-info/METADATA` or, as pip itself has it, their `*.egg-info`. */
  readonly distInfo: readonly DistInfo[]
  /** Names below info/licenses/, and the single licence file of older packages. */
  readonly licenses: readonly string[]
  /** Patches below info/recipe/: what the builder changed, and perhaps which vulnerability is gone. */
  readonly recipePatches: readonly string[]
}

// conda and rattler run these, and post-unlink too, though channeldata.json has no word for it.
const LINK_SCRIPT =
  /^(?:bin\/\.[^/]+-(?:pre|post)-(?:un)?link\.sh|Scripts\/\.[^/]+-(?:pre|post)-(?:un)?link\.bat)$/
const ACTIVATION = /^etc\/conda\/(?:de)?activate\.d\/./
const DIST_INFO = /(?:^|\/)([^/]+)-([^/-]+)\.dist-info\/METADATA$/
const EGG_INFO = /(?:^|\/)([^/-]+)-([^/-]+)(?:-py[0-9.]+)?\.egg-info(?:\/PKG-INFO)?$/
const LICENSE = /^info\/(?:licenses\/(.+)|((?:LICEN[CS]E|COPYING)[^/]*))$/
const PATCH = /^info\/recipe\/(.+\.(?:patch|diff))$/

export function readFileFacts(paths: Iterable<string>): FileFacts {
  const linkScripts: string[] = []
  const activationScripts: string[] = []
  const distInfo: DistInfo[] = []
  const licenses: string[] = []
  const recipePatches: string[] = []
  for (const path of paths) {
    if (LINK_SCRIPT.test(path)) linkScripts.push(path)
    if (ACTIVATION.test(path)) activationScripts.push(path)
    const dist = DIST_INFO.exec(path) ?? EGG_INFO.exec(path)
    if (dist !== null) distInfo.push({ name: dist[1]!, version: dist[2]! })
    const license = LICENSE.exec(path)
    if (license !== null) licenses.push(license[1] ?? license[2]!)
    const patch = PATCH.exec(path)
    if (patch !== null) recipePatches.push(patch[1]!)
  }
  return {
    linkScripts: linkScripts.sort(),
    activationScripts: activationScripts.sort(),
    distInfo,
    licenses: licenses.sort(),
    recipePatches: recipePatches.sort(),
  }
}

/** @param prefixModes the modes in which the package's files carry the build prefix */
export function channelDataFlags(facts: FileFacts, prefixModes: ReadonlySet<string>): ChannelDataFlags {
  const hasScript = (kind: string): boolean => facts.linkScripts.some((path) => path.includes(`-${kind}.`))
  const hasActivation = (folder: string): boolean =>
    facts.activationScripts.some((path) => path.startsWith(folder))
  return {
    activateD: hasActivation('etc/conda/activate.d/'),
    deactivateD: hasActivation('etc/conda/deactivate.d/'),
    binaryPrefix: prefixModes.has('binary'),
    textPrefix: prefixModes.has('text'),
    preLink: hasScript('pre-link'),
    postLink: hasScript('post-link'),
    preUnlink: hasScript('pre-unlink'),
  }
}
