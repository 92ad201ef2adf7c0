/** A worker for the tests of worker-pool.ts: does what its task says, good or bad. */
import { getPriority } from 'node:os'
import { AppError } from '../../vocabulary/errors.ts'
import { answerTasks } from '../worker-thread.ts'

export type EchoTask =
  | { readonly kind: 'echo'; readonly value: unknown }
  | { readonly kind: 'priority' }
  | { readonly kind: 'refuse' | 'fail' | 'crash' | 'exit' | 'hang' }

answerTasks((input) => {
  const task = input as EchoTask // the tests send nothing else
  switch (task.kind) {
    case 'echo':
      return Promise.resolve({ result: task.value })
    case 'priority':
      return Promise.resolve({ result: getPriority(0) })
    case 'refuse':
      return Promise.reject(new AppError('invalid-package', 'not this one'))
    case 'fail':
      return Promise.reject(new Error('a bug'))
    case 'crash':
      setImmediate(() => {
        throw new Error('crashed')
      })
      return new Promise(() => undefined)
    case 'exit':
      process.exit(3)
    // eslint-disable-next-line no-fallthrough -- process.exit does not come back
    case 'hang':
      for (;;) Math.random()
  }
})
