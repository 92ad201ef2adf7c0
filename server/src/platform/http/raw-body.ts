/** Routes whose body is a file: it stays a stream, `request.raw`, so that it is never held in memory. */
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { App } from './app.ts'

/** @param limitBytes a request that announces more is refused with 413; who reads the stream counts what comes */
export function withRawBodies(app: App, limitBytes: number, routes: (scope: App) => void): void {
  void app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { bodyLimit: limitBytes }, (_request, _payload, parsed) => parsed(null))
    routes(scope.withTypeProvider<ZodTypeProvider>())
    done()
  })
}
