/**
 * The package a dependency asks for, without parsing the rest: enough for dependency graphs, where a
 * channel of 500,000 records has millions of dependencies.
 *
 * @returns lower case; for a text that is no spec, whatever stands where the name would
 */
export function dependencyName(spec: string): string {
  let start = 0
  let end = 0
  for (; end < spec.length; end++) {
    const char = spec[end]
    if (char === ':') start = end + 1
    else if (char === ' ' || char === '=' || char === '<' || char === '>') break
    else if (char === '!' || char === '~' || char === '[' || char === '#' || char === '(') break
  }
  return spec.slice(start, end).toLowerCase()
}
