import { useMutation, useQueryClient, type QueryKey, type UseMutationResult } from '@tanstack/react-query'

/** One call behind a button, after which what it changed is read anew. */
export function useCall<Subject, Answer>(
  call: (subject: Subject) => Promise<Answer>,
  refreshes: QueryKey,
): UseMutationResult<Answer, Error, Subject> {
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: call,
    onSettled: () => queryClient.invalidateQueries({ queryKey: refreshes }),
  })
}
