/**
 * Links made by hand for packages that no mapping covers: C libraries and programs, which advisories know by
 * CPE vendor and product. The pair counts, never the product alone: `jenkins:git` is a plug-in.
 *
 * A row lists all spellings its project has had, NVD's and the CNA's own. To add one: look the pairs up in
 * advisories of the project, name the order its versions follow, and say in `evidence` what shows the link.
 */
import type { VersionOrderId } from '@terrarium/conda/orders/order.ts'
import type { IdentityLink } from './identity-link.ts'
import { identityKey, type Identity } from './advisory.ts'

interface CuratedProject {
  /** conda names, each with its part of the project. */
  readonly names: Readonly<Record<string, IdentityLink['role']>>
  readonly cpes: readonly string[]
  readonly order: VersionOrderId
  readonly evidence: string
}

const CURATED_CONFIDENCE = 1
/** A package with some files of a project, in its version: NVD does not say whether the flaw is in those. */
const PART_CONFIDENCE = 0.6

function project(
  names: readonly string[],
  cpes: readonly string[],
  home: string,
  order: VersionOrderId = 'generic',
): CuratedProject {
  return {
    names: Object.fromEntries(names.map((name) => [name, null])),
    cpes,
    order,
    evidence: `its recipe builds the sources of ${home}`,
  }
}

const projects: readonly CuratedProject[] = [
  project(['openssl'], ['openssl:openssl', 'openssl_project:openssl'], 'openssl.org', 'letters'),
  {
    names: { curl: 'tool', libcurl: 'library' },
    cpes: [
      'haxx:curl',
      'haxx:libcurl',
      'curl:curl',
      'curl:libcurl',
      'libcurl:libcurl',
      'daniel_stenberg:curl',
    ],
    order: 'generic',
    evidence: 'the curl recipe builds the sources of curl.se into a tool (curl) and a library (libcurl)',
  },
  project(['zlib', 'libzlib'], ['zlib:zlib', 'gnu:zlib'], 'zlib.net'),
  project(['sqlite', 'libsqlite'], ['sqlite:sqlite'], 'sqlite.org'),
  project(
    ['libxml2', 'libxml2-16'],
    ['xmlsoft:libxml2', 'libxml2:libxml2'],
    'gitlab.gnome.org/GNOME/libxml2',
  ),
  project(['libxslt'], ['xmlsoft:libxslt'], 'gitlab.gnome.org/GNOME/libxslt'),
  project(['libpng'], ['libpng:libpng', 'greg_roelofs:libpng', 'png_reference_library:libpng'], 'libpng.org'),
  project(['libtiff'], ['libtiff:libtiff', 'remotesensing:libtiff'], 'libtiff.gitlab.io'),
  project(
    ['expat', 'libexpat'],
    ['libexpat_project:libexpat', 'libexpat:expat', 'james_clark:expat'],
    'libexpat.github.io',
  ),
  project(['libssh2'], ['libssh2:libssh2'], 'libssh2.org'),
  project(['libssh'], ['libssh:libssh'], 'libssh.org'),
  project(['nghttp2', 'libnghttp2'], ['nghttp2:nghttp2'], 'nghttp2.org'),
  project(['libarchive'], ['libarchive:libarchive', 'freebsd:libarchive'], 'libarchive.org'),
  project(['krb5'], ['mit:kerberos_5', 'mit:krb5'], 'web.mit.edu/kerberos'),
  project(['bzip2'], ['bzip:bzip2', 'bzip2:bzip2'], 'sourceware.org/bzip2'),
  project(
    ['xz', 'liblzma', 'xz-tools'],
    ['tukaani:xz', 'tukaani-project:xz', 'xz_project:xz'],
    'tukaani.org/xz',
  ),
  project(['zstd'], ['facebook:zstandard'], 'github.com/facebook/zstd'),
  project(['lz4-c'], ['lz4_project:lz4'], 'github.com/lz4/lz4'),
  project(['c-ares'], ['c-ares:c-ares', 'c-ares_project:c-ares', 'daniel_stenberg:c-ares'], 'c-ares.org'),
  project(['ncurses'], ['gnu:ncurses', 'invisible-island:ncurses'], 'invisible-island.net/ncurses'),
  project(['pcre'], ['pcre:pcre'], 'pcre.org'),
  project(['pcre2'], ['pcre:pcre2'], 'pcre.org'),
  project(
    ['python'],
    [
      'python:python',
      'python:cpython',
      'python_software_foundation:cpython',
      'python_software_foundation:python',
    ],
    'python.org',
    'pep440',
  ),
  project(
    ['libwebp', 'libwebp-base'],
    ['webmproject:libwebp', 'chromium:libwebp', 'google:libwebp'],
    'chromium.googlesource.com/webm/libwebp',
  ),
  project(['libvpx'], ['webmproject:libvpx', 'chromium:libvpx'], 'chromium.googlesource.com/webm/libvpx'),
  project(['jpeg'], ['ijg:libjpeg'], 'ijg.org', 'letters'),
  project(
    ['libjpeg-turbo'],
    ['libjpeg-turbo:libjpeg-turbo', 'libjpeg-turbo_project:libjpeg-turbo', 'd.r.commander:libjpeg-turbo'],
    'libjpeg-turbo.org',
  ),
  project(['freetype'], ['freetype:freetype', 'freetype:freetype2'], 'freetype.org'),
  project(['harfbuzz'], ['harfbuzz_project:harfbuzz'], 'harfbuzz.github.io'),
  project(['cairo'], ['cairographics:cairo'], 'cairographics.org'),
  project(['pixman'], ['pixman:pixman'], 'pixman.org'),
  project(['pango'], ['gnome:pango', 'pango:pango'], 'gitlab.gnome.org/GNOME/pango'),
  project(['glib', 'libglib'], ['gnome:glib', 'glib:glib'], 'gitlab.gnome.org/GNOME/glib'),
  project(['gdk-pixbuf'], ['gnome:gdk-pixbuf', 'gnome:gdkpixbuf'], 'gitlab.gnome.org/GNOME/gdk-pixbuf'),
  project(['librsvg'], ['gnome:librsvg'], 'gitlab.gnome.org/GNOME/librsvg'),
  project(['fontconfig'], ['fontconfig_project:fontconfig'], 'freedesktop.org/wiki/Software/fontconfig'),
  project(
    ['icu'],
    [
      'icu-project:international_components_for_unicode',
      'unicode:international_components_for_unicode',
      'unicode:icu',
    ],
    'icu.unicode.org',
  ),
  project(['gnutls'], ['gnu:gnutls'], 'gnutls.org'),
  project(['nettle'], ['nettle_project:nettle'], 'lysator.liu.se/~nisse/nettle'),
  project(['libgcrypt'], ['gnupg:libgcrypt'], 'gnupg.org'),
  project(['libtasn1'], ['gnu:libtasn1'], 'gnu.org/software/libtasn1'),
  project(['libidn2'], ['gnu:libidn2'], 'gnu.org/software/libidn'),
  project(['libksba'], ['libksba_project:libksba', 'gnupg:libksba'], 'gnupg.org'),
  project(['gnupg'], ['gnupg:gnupg'], 'gnupg.org'),
  project(['readline'], ['gnu:readline'], 'gnu.org/software/readline'),
  project(['bash'], ['gnu:bash'], 'gnu.org/software/bash'),
  project(['gmp'], ['gmplib:gmp'], 'gmplib.org'),
  project(['wget'], ['gnu:wget'], 'gnu.org/software/wget'),
  project(['tar'], ['gnu:tar'], 'gnu.org/software/tar'),
  project(['gzip'], ['gnu:gzip'], 'gnu.org/software/gzip'),
  project(['patch'], ['gnu:patch'], 'gnu.org/software/patch'),
  project(
    ['binutils', 'binutils_impl_linux-64', 'binutils_impl_linux-aarch64'],
    ['gnu:binutils'],
    'gnu.org/software/binutils',
  ),
  project(['coreutils'], ['gnu:coreutils'], 'gnu.org/software/coreutils'),
  project(['ffmpeg'], ['ffmpeg:ffmpeg'], 'ffmpeg.org'),
  project(['imagemagick'], ['imagemagick:imagemagick'], 'imagemagick.org'),
  project(['graphicsmagick'], ['graphicsmagick:graphicsmagick'], 'graphicsmagick.org'),
  project(['graphviz'], ['graphviz:graphviz', 'graphviz_project:graphviz'], 'graphviz.org'),
  project(['ghostscript'], ['artifex:ghostscript', 'ghostscript:ghostscript'], 'ghostscript.com'),
  project(['poppler'], ['freedesktop:poppler', 'poppler:poppler'], 'poppler.freedesktop.org'),
  project(['openjpeg'], ['uclouvain:openjpeg'], 'openjpeg.org'),
  project(['jasper'], ['jasper_project:jasper'], 'ece.uvic.ca/~frodo/jasper'),
  project(['libraw'], ['libraw:libraw'], 'libraw.org'),
  project(['openexr'], ['openexr:openexr', 'ilm:openexr'], 'openexr.com'),
  project(['giflib'], ['giflib_project:giflib'], 'giflib.sourceforge.net'),
  project(['libheif'], ['struktur:libheif'], 'github.com/strukturag/libheif'),
  project(['libsndfile'], ['libsndfile_project:libsndfile', 'mega-nerd:libsndfile'], 'libsndfile.github.io'),
  project(['exiv2'], ['exiv2:exiv2'], 'exiv2.org'),
  project(['libexif'], ['libexif_project:libexif', 'libexif:libexif'], 'libexif.github.io'),
  project(['gdal', 'libgdal', 'libgdal-core'], ['osgeo:gdal', 'gdal:gdal'], 'gdal.org'),
  project(['proj'], ['osgeo:proj'], 'proj.org'),
  project(['opencv', 'libopencv'], ['opencv:opencv'], 'opencv.org'),
  project(['hdf5'], ['hdfgroup:hdf5'], 'hdfgroup.org'),
  project(['qt', 'qt-main', 'qt6-main'], ['qt:qt', 'digia:qt', 'trolltech:qt'], 'qt.io'),
  project(['xerces-c'], ['apache:xerces-c', 'apache:xerces-c++'], 'xerces.apache.org'),
  project(['dbus'], ['freedesktop:dbus'], 'dbus.freedesktop.org'),
  project(['libuv'], ['libuv_project:libuv', 'libuv:libuv'], 'libuv.org'),
  project(['libevent'], ['libevent_project:libevent', 'niels_provos:libevent'], 'libevent.org'),
  project(['libgit2'], ['libgit2:libgit2', 'libgit2_project:libgit2'], 'libgit2.org'),
  project(['yaml', 'libyaml'], ['pyyaml:libyaml', 'libyaml_project:libyaml'], 'pyyaml.org/wiki/LibYAML'),
  project(['jq'], ['jqlang:jq', 'jq_project:jq', 'stedolan:jq'], 'jqlang.org'),
  project(['unzip'], ['info-zip:unzip', 'unzip_project:unzip'], 'infozip.sourceforge.net'),
  project(['p7zip'], ['7-zip:p7zip'], '7-zip.org'),
  project(
    ['file', 'libmagic'],
    ['file_project:file', 'file:file', 'christos_zoulas:file'],
    'darwinsys.com/file',
  ),
  project(['rsync'], ['samba:rsync', 'rsync:rsync', 'andrew_tridgell:rsync'], 'rsync.samba.org'),
  project(['openssh'], ['openbsd:openssh'], 'openssh.com'),
  project(['openldap'], ['openldap:openldap'], 'openldap.org'),
  project(['unixodbc'], ['unixodbc:unixodbc'], 'unixodbc.org'),
  project(['vim'], ['vim:vim', 'vim_project:vim', 'vim_development_group:vim'], 'vim.org'),
  project(['git'], ['git-scm:git', 'git:git', 'git_project:git'], 'git-scm.com'),
  project(['mercurial'], ['mercurial:mercurial'], 'mercurial-scm.org'),
  project(['subversion'], ['apache:subversion', 'subversion:subversion'], 'subversion.apache.org'),
  project(['cmake'], ['kitware:cmake', 'cmake_project:cmake'], 'cmake.org'),
  project(
    ['nodejs'],
    ['nodejs:node.js', 'node.js:node.js', 'nodejs:nodejs', 'nodejs:node', 'node.js:node', 'joyent:node.js'],
    'nodejs.org',
    'semver',
  ),
  project(['openjdk'], ['oracle:openjdk', 'sun:openjdk'], 'openjdk.org', 'jdk'),
  project(['go', 'go-nocgo', 'go-cgo'], ['golang:go'], 'go.dev', 'semver'),
  project(['rust'], ['rust-lang:rust'], 'rust-lang.org', 'semver'),
  project(['perl'], ['perl:perl', 'larry_wall:perl'], 'perl.org'),
  project(['ruby'], ['ruby-lang:ruby', 'yukihiro_matsumoto:ruby'], 'ruby-lang.org'),
  project(['php'], ['php:php', 'php_group:php'], 'php.net'),
  project(['lua'], ['lua:lua'], 'lua.org'),
  project(['r-base'], ['r-project:r', 'r_project:r', 'r_foundation:r', 'the_r_project:r'], 'r-project.org'),
  project(['redis-server'], ['redis:redis', 'redislabs:redis'], 'redis.io'),
  project(['postgresql'], ['postgresql:postgresql'], 'postgresql.org'),
  project(['mysql', 'mysql-server'], ['oracle:mysql', 'oracle:mysql_server', 'mysql:mysql'], 'mysql.com'),
  project(['mariadb'], ['mariadb:mariadb'], 'mariadb.org'),
  project(['mongodb'], ['mongodb:mongodb'], 'mongodb.com'),
  project(['nginx'], ['f5:nginx', 'nginx:nginx', 'igor_sysoev:nginx'], 'nginx.org'),
  project(['libprotobuf'], ['google:protobuf', 'protobuf:protobuf'], 'github.com/protocolbuffers/protobuf'),
  project(['numpy', 'numpy-base'], ['numpy:numpy'], 'numpy.org', 'pep440'),
  project(['pillow'], ['python:pillow'], 'python-pillow.org', 'pep440'),
  project(
    ['tensorflow', 'tensorflow-base', 'tensorflow-cpu', 'tensorflow-gpu'],
    ['google:tensorflow', 'tensorflow:tensorflow'],
    'tensorflow.org',
    'pep440',
  ),
  project(
    ['pytorch', 'pytorch-cpu', 'pytorch-gpu'],
    ['linuxfoundation:pytorch', 'facebook:pytorch', 'pytorch:pytorch'],
    'pytorch.org',
    'pep440',
  ),
]

/** Packages with a part of a project whose advisories do not say which part they mean. */
const parts: readonly { readonly names: readonly string[]; readonly of: CuratedProject }[] = [
  { names: ['libpq'], of: project([], ['postgresql:postgresql'], 'postgresql.org') },
  {
    names: ['mysql-libs', 'mysql-common', 'mysql-client'],
    of: project([], ['oracle:mysql', 'mysql:mysql'], 'mysql.com'),
  },
  { names: ['py-opencv'], of: project([], ['opencv:opencv'], 'opencv.org') },
]

/** What public mappings get wrong, by conda name. */
const refusals: ReadonlyMap<string, readonly string[]> = new Map([
  ['charliecloud', ['pypi:lark']],
  ['jupyter-sphinx', ['pypi:requests']],
])

function linksOf(of: CuratedProject, name: string, relation: IdentityLink['relation']): IdentityLink[] {
  return of.cpes.map((cpe) => ({
    condaName: name,
    identity: { kind: 'cpe', name: cpe } satisfies Identity,
    relation,
    role: of.names[name] ?? null,
    order: of.order,
    confidence: relation === 'is' ? CURATED_CONFIDENCE : PART_CONFIDENCE,
    evidence: of.evidence,
    origin: 'curated',
  }))
}

const allLinks: readonly IdentityLink[] = [
  ...projects.flatMap((of) => Object.keys(of.names).flatMap((name) => linksOf(of, name, 'is'))),
  ...parts.flatMap(({ names, of }) => names.flatMap((name) => linksOf(of, name, 'contains'))),
]
const linksByName = Map.groupBy(allLinks, (link) => link.condaName)
const linksByIdentity = Map.groupBy(allLinks, (link) => identityKey(link.identity))

/** The curated links of a name, and the identities it must not be given by any mapping. */
export function curatedLinks(condaName: string): {
  readonly links: readonly IdentityLink[]
  readonly refused: readonly string[]
} {
  return { links: linksByName.get(condaName) ?? [], refused: refusals.get(condaName) ?? [] }
}

/** conda names that a curated row gives to an identity. */
export function curatedNames(identity: string): string[] {
  return (linksByIdentity.get(identity) ?? []).map((link) => link.condaName)
}
