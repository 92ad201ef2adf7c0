/**
 * Which addresses the server may connect to. A person who may configure a mirror must not be able to make
 * the server read the cloud's metadata service or the private network: every address a name resolves to
 * is judged, and the connection goes to the judged address (outbound-client.ts), so that a name can't
 * point elsewhere at the second look-up.
 */
import { BlockList, isIP } from 'node:net'

/** Never, whatever the configuration says. */
const forbidden = new BlockList()
forbidden.addSubnet('169.254.0.0', 16) // link-local, metadata services
forbidden.addAddress('168.63.129.16') // the host service of one cloud, at a public address
forbidden.addSubnet('0.0.0.0', 8)
forbidden.addSubnet('224.0.0.0', 3) // multicast, reserved, broadcast
forbidden.addSubnet('fe80::', 10, 'ipv6')
forbidden.addSubnet('fec0::', 10, 'ipv6') // site-local, of old
forbidden.addSubnet('ff00::', 8, 'ipv6')
forbidden.addSubnet('100::', 64, 'ipv6') // discarded
forbidden.addSubnet('2001::', 32, 'ipv6') // Teredo: the address it leads to is hidden in it
forbidden.addAddress('fd00:ec2::254', 'ipv6')
forbidden.addAddress('::', 'ipv6')

/** Only for host:port that the configuration names. */
const restricted = new BlockList()
restricted.addSubnet('127.0.0.0', 8)
restricted.addSubnet('10.0.0.0', 8)
restricted.addSubnet('172.16.0.0', 12)
restricted.addSubnet('192.168.0.0', 16)
restricted.addSubnet('100.64.0.0', 10)
restricted.addSubnet('192.0.0.0', 24)
restricted.addSubnet('198.18.0.0', 15)
restricted.addAddress('::1', 'ipv6')
restricted.addSubnet('fc00::', 7, 'ipv6')
restricted.addSubnet('64:ff9b:1::', 48, 'ipv6') // NAT64 of a private network

export type AddressVerdict = 'public' | 'private' | 'forbidden'

/** @param address an IP address as text; IPv4 inside IPv6 is judged as the IPv4 it is */
export function judgeAddress(address: string): AddressVerdict {
  const bare = address.replace(/^\[|\]$/g, '').replace(/%.*$/, '')
  const plain = isIP(bare) === 6 ? (hiddenIpv4(bare) ?? bare) : bare
  if (isIP(plain) === 0) return 'forbidden'
  const family = isIP(plain) === 6 ? 'ipv6' : 'ipv4'
  if (forbidden.check(plain, family)) return 'forbidden'
  return restricted.check(plain, family) ? 'private' : 'public'
}

/**
 * The IPv4 address that an IPv6 one stands for: mapped (`::ffff:10.0.0.1`), compatible (`::10.0.0.1`),
 * translated (`64:ff9b::10.0.0.1`, `::ffff:0:10.0.0.1`), or the gateway of 6to4 (`2002:a00:1::`).
 */
function hiddenIpv4(address: string): string | undefined {
  const groups = toGroups(address)
  const starts = (...wanted: number[]): boolean => wanted.every((value, i) => groups[i] === value)
  const tail = groups.slice(6)
  if (starts(0, 0, 0, 0, 0, 0xffff) || starts(0, 0, 0, 0, 0xffff, 0) || starts(0x64, 0xff9b, 0, 0, 0, 0)) {
    return toIpv4(tail)
  }
  // `::` and `::1` are addresses of their own
  if (starts(0, 0, 0, 0, 0, 0) && !(tail[0] === 0 && (tail[1] ?? 0) <= 1)) return toIpv4(tail)
  return starts(0x2002) ? toIpv4(groups.slice(1, 3)) : undefined
}

/** The eight numbers of an IPv6 address that `isIP` has seen. */
function toGroups(address: string): number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address)
  const hex = dotted
    ? `${dotted[1]!}${pair(dotted[2]!, dotted[3]!)}:${pair(dotted[4]!, dotted[5]!)}` // the groups of the match
    : address
  const [before = '', after] = hex.split('::')
  const read = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((part) => parseInt(part, 16))
  const head = read(before)
  if (after === undefined) return head
  const rest = read(after)
  return [...head, ...new Array<number>(8 - head.length - rest.length).fill(0), ...rest]
}

function pair(high: string, low: string): string {
  return (Number(high) * 256 + Number(low)).toString(16)
}

function toIpv4(groups: readonly number[]): string {
  return groups.flatMap((group) => [group >> 8, group & 255]).join('.')
}
