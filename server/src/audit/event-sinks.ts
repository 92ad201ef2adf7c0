/** The systems that audit events can be sent to: syslog (RFC 5424) and OTLP over HTTP with JSON. */
import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { hostname } from 'node:os'
import { connect as connectTls } from 'node:tls'
import { request } from 'undici'
import type { ChainedEvent } from './event.ts'
import type { EventSink } from './stream-events.ts'

const TIMEOUT_MS = 10_000
/** Facility 13, "log audit", severity 6, "informational"; RFC 5424, 6.2.1. */
const PRIORITY = 13 * 8 + 6

/** @param address of the key `audit_stream` of the configuration */
export function openSink(address: string): EventSink {
  const url = new URL(address)
  switch (url.protocol) {
    case 'syslog+udp:':
      return udpSink(url)
    case 'syslog+tcp:':
    case 'syslog+tls:':
      return streamSink(url)
    default:
      return otlpSink(url)
  }
}

/** One event as a line of syslog; the message is the event as JSON, hash included. */
export function syslogLine(event: ChainedEvent): string {
  const time = new Date(event.at).toISOString()
  const name = event.action.replace(/[^!-~]/g, '_').slice(0, 32)
  return `<${PRIORITY}>1 ${time} ${hostname().slice(0, 255) || '-'} terrarium ${process.pid} ${name} - ${JSON.stringify(event)}`
}

function udpSink(url: URL): EventSink {
  let socket: UdpSocket | undefined
  return {
    async send(events) {
      socket ??= createSocket(isV6(url) ? 'udp6' : 'udp4').unref()
      for (const event of events) {
        const { promise, resolve, reject } = Promise.withResolvers<undefined>()
        socket.send(syslogLine(event), portOf(url, 514), hostOf(url), (error) => {
          if (error) reject(error)
          else resolve(undefined)
        })
        await promise
      }
    },
    close: () => socket?.close(),
  }
}

/** Over a connection that is kept; lines are counted in bytes, RFC 6587, 3.4.1, and RFC 5425, 4.3. */
function streamSink(url: URL): EventSink {
  let socket: Socket | undefined
  const open = async (): Promise<Socket> => {
    if (socket?.writable) return socket
    const port = portOf(url, url.protocol === 'syslog+tls:' ? 6514 : 514)
    const made =
      url.protocol === 'syslog+tls:'
        ? connectTls({ host: hostOf(url), port, servername: hostOf(url) })
        : connect({ host: hostOf(url), port })
    made.unref().setTimeout(TIMEOUT_MS, () => made.destroy(new Error('the receiver did not answer in time')))
    await once(made, url.protocol === 'syslog+tls:' ? 'secureConnect' : 'connect')
    made.setTimeout(0)
    // what breaks later shows at the next write
    made.on('error', () => made.destroy())
    socket = made
    return made
  }
  return {
    async send(events) {
      const stream = await open()
      const lines = events.map(syslogLine).map((line) => `${Buffer.byteLength(line)} ${line}`)
      const { promise, resolve, reject } = Promise.withResolvers<undefined>()
      stream.write(lines.join(''), (error) => {
        if (error) reject(error)
        else resolve(undefined)
      })
      await promise
    },
    close: () => socket?.destroy(),
  }
}

function otlpSink(url: URL): EventSink {
  return {
    async send(events) {
      const response = await request(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(toOtlp(events)),
        headersTimeout: TIMEOUT_MS,
        bodyTimeout: TIMEOUT_MS,
      })
      await response.body.dump()
      if (response.statusCode >= 300) throw new Error(`the receiver answered ${response.statusCode}`)
    },
    close: () => undefined,
  }
}

/** OTLP/HTTP, logs, JSON: opentelemetry-proto, logs.proto; 64-bit numbers are texts there. */
function toOtlp(events: readonly ChainedEvent[]): object {
  const text = (key: string, value: string | null) =>
    value === null ? [] : [{ key, value: { stringValue: value } }]
  const logRecords = events.map((event) => ({
    timeUnixNano: `${event.at}000000`,
    severityNumber: 9,
    severityText: 'INFO',
    eventName: event.action,
    body: { stringValue: JSON.stringify(event) },
    attributes: [
      ...text('audit.action', event.action),
      ...text('audit.target', event.target),
      ...text('audit.hash', event.hash),
      ...text('enduser.id', event.actor_id),
      ...text('enduser.name', event.actor_name),
      ...text('client.address', event.address),
      { key: 'audit.seq', value: { intValue: String(event.seq) } },
    ],
  }))
  return {
    resourceLogs: [
      {
        resource: { attributes: text('service.name', 'terrarium') },
        scopeLogs: [{ scope: { name: 'terrarium.audit' }, logRecords }],
      },
    ],
  }
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '')
}

function isV6(url: URL): boolean {
  return hostOf(url).includes(':')
}

function portOf(url: URL, usual: number): number {
  return url.port === '' ? usual : Number(url.port)
}
