/** Who asks, on every request: filled in `app.ts` before any handler runs. */
import type { Actor } from './actor.ts'

declare module 'fastify' {
  interface FastifyRequest {
    actor: Actor
  }
}
