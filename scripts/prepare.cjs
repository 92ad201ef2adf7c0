/*
 * Makes a fresh clone ready: installs what package-lock.json names when that has not been done, and with
 * --web builds the web interface when it is missing or older than its source. Old syntax on purpose: it runs
 * under whatever Node the machine has.
 */
'use strict'
var childProcess = require('child_process')
var fs = require('fs')
var path = require('path')

var root = path.join(__dirname, '..')

function changedAt(file) {
  try {
    return fs.statSync(path.join(root, file)).mtimeMs
  } catch (error) {
    if (error.code === 'ENOENT') return 0
    throw error
  }
}

function newestIn(folder) {
  return fs.readdirSync(path.join(root, folder)).reduce(function (newest, name) {
    var child = path.join(folder, name)
    var at = fs.statSync(path.join(root, child)).isDirectory() ? newestIn(child) : changedAt(child)
    return Math.max(newest, at)
  }, 0)
}

function run(words) {
  var result = childProcess.spawnSync('npm', words, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
  if (result.error) throw result.error
  if (result.status !== 0) {
    process.stderr.write('npm ' + words.join(' ') + ' failed with ' + result.status + '\n')
    process.exit(result.status || 1)
  }
}

// npm writes this file last, when everything is in its place
if (changedAt('node_modules/.package-lock.json') < changedAt('package-lock.json')) {
  process.stderr.write('Installing what package-lock.json names (once)…\n')
  run(['ci', '--no-audit', '--no-fund', '--loglevel=error'])
}
if (process.argv.indexOf('--web') >= 0 && changedAt('web/dist/index.html') < newestIn('web/src')) {
  process.stderr.write('Building the web interface (once)…\n')
  run(['run', 'build', '--workspace', 'web', '--loglevel=error', '--', '--logLevel', 'error'])
}
