/** Every kind of work that outlives a request. A kind is a promise to jobs already in the table. */
export const jobKinds = [
  'channel.publish',
  'channel.render',
  'decisions.due',
  'exceptions.review',
  'mirror.run',
  'advisories.import',
  'curations.expire',
  'advisories.approve',
  'advisories.roll_back',
  'sources.refresh',
  'audit.export',
  'blobs.collect',
  'storage.check',
  'sessions.check',
] as const

export type JobKind = (typeof jobKinds)[number]
