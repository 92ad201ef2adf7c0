/** What conda names are called upstream, and what people say of it. All keys begin with `identities`. */
import type { Answer, Item } from '@terrarium/api/shapes.ts'
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { Search } from './queries.ts'
import { apiPath, request } from './request.ts'

export type UsedName = Item<'GET /api/identities'>
export type NamedIdentity = Answer<'GET /api/identities/{name}'>
export type IdentityLink = NamedIdentity['links'][number]
export type IdentityRuling = NamedIdentity['rulings'][number]

export const linkRelations = ['is', 'contains', 'wraps'] as const
export type LinkRelation = (typeof linkRelations)[number]

export function usedNamesQuery(search: Search & { readonly state?: 'unmapped' | undefined }) {
  return queryOptions({
    queryKey: ['identities', 'list', search],
    queryFn: ({ signal }) =>
      request<Answer<'GET /api/identities'>>('/api/identities', { query: { ...search }, signal }),
    placeholderData: keepPreviousData,
  })
}

export function identityQuery(name: string) {
  return queryOptions({
    queryKey: ['identities', 'one', name],
    queryFn: ({ signal }) => request<NamedIdentity>(apiPath('identities', name), { signal }),
  })
}

/** Without an identity: the name is no project anywhere. */
export interface RulingWish {
  readonly identity?: string
  readonly ruling?: 'linked' | 'refused'
  readonly relation: LinkRelation | 'none'
  readonly reason: string
}

export function ruleIdentity(name: string, body: RulingWish): Promise<NamedIdentity> {
  return request(apiPath('identities', name, 'rulings'), { method: 'PUT', body })
}

export function withdrawRuling(name: string, identity: string): Promise<null> {
  return request(apiPath('identities', name, 'rulings'), { method: 'DELETE', query: { identity } })
}
