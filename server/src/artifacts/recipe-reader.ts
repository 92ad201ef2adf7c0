/**
 * Reads what a package's own recipe says, while the archive streams by: where its sources come from, which patches it
 * applies, and which CVEs those name, in their file names, their headers or the recipe's comments.
 *
 * A claim of the builder, and hostile until looked at: only the first bytes of each file are kept, and of few files.
 */
import type { TarMember, TarVisitor } from '@terrarium/conda/archive/tar-reader.ts'

export interface RecipeFindings {
  readonly sourceUrls: readonly string[]
  readonly patches: readonly { readonly file: string; readonly vulnerabilityIds: readonly string[] }[]
}

const RECIPE = /^info\/recipe\/(?:parent\/)?(?:meta\.yaml(?:\.template)?|recipe\.yaml)$/
const PATCH = /^info\/recipe\/(?:parent\/)?(.+\.(?:patch|diff))$/
const MAX_RECIPE_BYTES = 256 * 1024
/** A header is what stands before the first file; no known one is longer. */
const MAX_HEADER_BYTES = 16 * 1024
const MAX_FILES = 300

export class RecipeReader implements TarVisitor {
  readonly #recipes: string[] = []
  readonly #headers = new Map<string, string>()
  #path: string | undefined
  #parts: Buffer[] = []
  #room = 0

  beginMember(member: TarMember): void {
    const path = member.declaredPath.replace(/^\.\//, '')
    const isRecipe = RECIPE.test(path)
    const isRead = member.kind === 'file' && (isRecipe || PATCH.test(path))
    const files = this.#recipes.length + this.#headers.size
    this.#path = isRead && files < MAX_FILES ? path : undefined
    this.#parts = []
    this.#room = isRecipe ? MAX_RECIPE_BYTES : MAX_HEADER_BYTES
  }

  content(bytes: Uint8Array): void {
    if (this.#path === undefined || this.#room === 0) return
    const part = Buffer.from(bytes.subarray(0, this.#room)) // a copy: the bytes are only lent
    this.#parts.push(part)
    this.#room -= part.length
  }

  endMember(): void {
    if (this.#path === undefined) return
    const text = Buffer.concat(this.#parts).toString('utf8')
    const patch = PATCH.exec(this.#path)?.[1]
    if (patch === undefined) this.#recipes.push(text)
    else this.#headers.set(patch, headerOf(text))
    this.#path = undefined
  }

  findings(): RecipeFindings {
    const recipes = this.#recipes.join('\n')
    return {
      sourceUrls: sourceUrlsIn(recipes),
      patches: [...this.#headers].map(([file, header]) => ({
        file,
        vulnerabilityIds: cvesIn(`${file}\n${header}\n${linesAbout(recipes, file)}`),
      })),
    }
  }
}

/** What a patch says of itself, before the first change: a CVE in the changed lines is somebody else's. */
function headerOf(text: string): string {
  const start = text.search(/^(?:diff |--- |Index: )/m)
  return start < 0 ? text : text.slice(0, start)
}

/** The recipe's lines that name the patch, with the comment above them. */
function linesAbout(recipe: string, file: string): string {
  const name = file.slice(file.lastIndexOf('/') + 1)
  const lines = recipe.split('\n')
  return lines
    .flatMap((line, index) => {
      if (!line.includes(name)) return []
      const above = lines[index - 1] ?? ''
      return above.trimStart().startsWith('#') ? [above, line] : [line]
    })
    .join('\n')
}

function cvesIn(text: string): string[] {
  const found = text.matchAll(/CVE[-_](\d{4})[-_](\d{4,7})/gi)
  return [...new Set([...found].map(([, year, number]) => `CVE-${year ?? ''}-${number ?? ''}`))]
}

const MAX_URLS = 20

/** `url:` and the items below it; a template that nobody has filled in is no address. */
function sourceUrlsIn(recipe: string): string[] {
  const urls = [...recipe.matchAll(/^\s*-?\s*(?:url:\s*|-\s+)["']?(https?:\/\/[^\s"'#]+)/gm)].flatMap(
    ([, url]) => url ?? [],
  )
  return [...new Set(urls)].filter((url) => !url.includes('{{') && !url.includes('${{')).slice(0, MAX_URLS)
}
