import type { QueryClient, QueryExecuteOptions, QueryKey } from '@tanstack/react-query'

/** For loaders: has the answer on its way before the page asks. A refusal waits for the page, which shows it. */
export function startReading<Data, Key extends QueryKey>(
  queryClient: QueryClient,
  query: QueryExecuteOptions<Data, Error, Data, Data, Key>,
): void {
  queryClient.query(query).catch(() => undefined)
}
