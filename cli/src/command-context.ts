import type { Client } from './client.ts'

/** What every command gets: the client for the options given, and how to print. */
export interface CommandContext {
  client(): Client
  json(): boolean
}
