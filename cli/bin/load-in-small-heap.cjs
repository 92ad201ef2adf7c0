/*
 * While modules load, the heap for what is young stays as small as it began: what is loaded stays, and a heap that
 * grew for it would stay, too. platform/serving-heap.ts in the server lets it grow afterwards. Set here and not as an option
 * of Node, with which the heap begins larger.
 */
'use strict'
// threads of a started server load this as well, and must not take back what it did
if (require('worker_threads').isMainThread) require('v8').setFlagsFromString('--semi-space-growth-factor=1')
