/** The signed token that a CI system gives to a job, wherever that system puts it. */
import { ConnectionError } from './client.ts'
import { readStandardInput } from './read-secret.ts'

const TIMEOUT_MS = 30_000

/** @throws Error in words, with what each CI system needs, when there is none */
export async function fetchJobToken(audience: string, fromStandardInput: boolean): Promise<string> {
  if (fromStandardInput) return (await readStandardInput()).trim()
  const {
    TERRARIUM_ID_TOKEN: given,
    ACTIONS_ID_TOKEN_REQUEST_URL: address,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: secret,
  } = process.env
  if (given) return given
  if (address && secret) return askGitHub(address, secret, audience)
  throw new Error(
    'no token of a job is here: in GitHub give the job "permissions: id-token: write"; in GitLab "id_tokens" with ' +
      `TERRARIUM_ID_TOKEN and "aud: ${audience}"; else pipe one in with --job-token-stdin`,
  )
}

async function askGitHub(address: string, secret: string, audience: string): Promise<string> {
  const url = new URL(address)
  url.searchParams.set('audience', audience)
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${secret}` },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((cause: unknown) => {
    throw new ConnectionError(`cannot reach ${url.origin} for the token of the job`, { cause })
  })
  if (!response.ok)
    throw new Error(`${url.origin} answers ${response.status} to the question for the job's token`)
  const { value } = (await response.json()) as { value?: unknown }
  if (typeof value !== 'string') throw new Error(`${url.origin} gave no token`)
  return value
}
