/** `Foo_Bar.baz` and `foo-bar-baz` are one project. @see PEP 503, "Normalized Names" */
export function normalizePypiName(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase()
}
