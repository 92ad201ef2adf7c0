/**
 * The id that a request has in the log, in audit events, in errors and in the header X-Request-Id: that of a proxy that
 * is trusted, so that its log and ours name the same request, and one of our own for everybody else, who could
 * otherwise hide among the requests of others.
 */
import type { IncomingMessage } from 'node:http'
import { BlockList, isIPv6 } from 'node:net'
import { newId } from '../ids.ts'

const ACCEPTED = /^[A-Za-z0-9][A-Za-z0-9._-]{7,63}$/

/** @param trusted addresses and ranges of proxies, `10.0.0.0/8` */
export function requestIds(trusted: readonly string[]): (request: IncomingMessage) => string {
  const proxies = new BlockList()
  for (const one of trusted) {
    const [address = '', prefix] = one.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    if (prefix === undefined) proxies.addAddress(address, family)
    else proxies.addSubnet(address, Number(prefix), family)
  }
  return (request) => {
    const given = request.headers['x-request-id']
    const from = request.socket.remoteAddress
    if (typeof given !== 'string' || from === undefined || !ACCEPTED.test(given)) return newId()
    return proxies.check(from, isIPv6(from) ? 'ipv6' : 'ipv4') ? given : newId()
  }
}
