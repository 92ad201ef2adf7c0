/**
 * Serves the web interface: the files of `web/dist`, read once when the server starts. Nothing here knows
 * what the pages show; they are a client of the REST API like any other.
 *
 * Every address is a route of its own, so that whatever is not listed stays a true 404: a conda client that
 * got a page with status 200 for a missing file would take it for the file.
 */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { isKnownSubdir } from '@terrarium/conda/names.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { acceptsGzip } from './platform/http/accept-encoding.ts'
import { sendBytes, type Representation } from './platform/http/send-bytes.ts'

const BUILT_FOLDER = fileURLToPath(new URL('../../web/dist', import.meta.url))

/** Where the interface has pages; web/src/routes.tsx says what each of them is. */
const PAGES = [
  '/',
  '/channels',
  '/channels/*',
  '/cves',
  '/cves/*',
  '/identities',
  '/identities/*',
  '/review',
  '/policies',
  '/policies/*',
  '/exceptions',
  '/exceptions/*',
  '/sources',
  '/new/*',
  '/account/*',
  '/system',
  '/sign-in',
  '/invitation',
  '/access/*',
]

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.txt': 'text/plain; charset=utf-8',
  '.woff2': 'font/woff2',
}
const COMPRESSIBLE = /^(?:text\/|image\/svg)/
const FOREVER = 'public, max-age=31536000, immutable'
const ASK_EVERY_TIME = 'no-cache'

/**
 * Styles may stand in the page because the component library writes its variables and sizes there; scripts
 * may not, so that a package description that got past React still cannot run.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

const securityHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

interface WebFile {
  readonly plain: Representation
  readonly gzipped: Representation | undefined
}

/** @param folder the built interface; another one in tests */
export async function webRoutes(app: FastifyInstance, folder: string = BUILT_FOLDER): Promise<void> {
  if (!existsSync(join(folder, 'index.html'))) {
    serve(app, ['/'], makeFile(Buffer.from(NOT_BUILT), '.html', ASK_EVERY_TIME, new Date()))
    return
  }
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const file = join(folder, path)
    const facts = statSync(file)
    if (!facts.isFile()) continue
    const address = `/${path.replaceAll(sep, '/')}`
    // Vite puts a hash of the bytes into the names below assets/, and only there
    const cacheControl = address.startsWith('/assets/') ? FOREVER : ASK_EVERY_TIME
    const webFile = makeFile(readFileSync(file), extname(file), cacheControl, facts.mtime)
    serve(app, address === '/index.html' ? PAGES : [address], webFile)
  }
}

function makeFile(bytes: Buffer, extension: string, cacheControl: string, lastModified: Date): WebFile {
  const contentType = contentTypes[extension] ?? 'application/octet-stream'
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 32)
  const base = { lastModified, contentType, cacheControl }
  const plain = { ...base, etag: `"${digest}"`, size: bytes.length, body: bytes }
  if (!COMPRESSIBLE.test(contentType)) return { plain, gzipped: undefined }
  const vary = 'accept-encoding'
  const body = gzipSync(bytes, { level: 9 })
  return {
    plain: { ...plain, vary },
    gzipped: { ...base, etag: `"${digest}-gzip"`, size: body.length, body, contentEncoding: 'gzip', vary },
  }
}

function serve(app: FastifyInstance, urls: readonly string[], file: WebFile): void {
  const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    if (isAskedByConda(request.url)) {
      reply.callNotFound()
      return reply
    }
    for (const [name, value] of Object.entries(securityHeaders)) reply.raw.setHeader(name, value)
    const takesGzip = acceptsGzip(request.headers['accept-encoding'])
    const representation = (takesGzip ? file.gzipped : undefined) ?? file.plain
    reply.hijack()
    await sendBytes(request.raw, reply.raw, representation)
    return reply
  }
  for (const url of urls) app.route({ method: ['GET', 'HEAD'], url, schema: { hide: true }, handler })
}

/** Whether somebody gave conda the address of a channel's page, which is not that of the channel. */
function isAskedByConda(url: string): boolean {
  const [, top, ...rest] = url.replace(/[?#].*$/, '').split('/')
  const [folder = '', file = ''] = rest.slice(-2)
  return top === 'channels' && (isKnownSubdir(folder) || CHANNEL_FILES.has(file))
}

const CHANNEL_FILES: ReadonlySet<string> = new Set(['notices.json', 'channeldata.json'])

const NOT_BUILT = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <meta name="color-scheme" content="light dark" />
    <title>Terrarium</title>
    <style>
      body { font: 1rem/1.6 system-ui, sans-serif; max-width: 38rem; margin: 15vh auto; padding: 0 1.5rem; }
    </style>
  </head>
  <body>
    <h1>Terrarium is running</h1>
    <p>The web interface is not built. Run <code>npm run build</code> where Terrarium is installed, then start
      the server again.</p>
    <p>Channels, mirrors and policies work without it: conda clients read
      <code>/api/repo/&lt;channel&gt;</code>, and the REST interface is described in
      <a href="/api/openapi.json">/api/openapi.json</a>.</p>
  </body>
</html>
`
