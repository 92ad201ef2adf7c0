/** Made by `npm run generate` from openapi.json. Do not edit. */
export type DecisionReason = {
  readonly policy: string
  readonly rule: string
  readonly effect: 'allow' | 'warn' | 'hide' | 'hold' | 'deny'
  /** The facts in one line, for people */
  readonly text: string
  readonly evidence: readonly ({
    readonly kind: "cve"
    readonly id: string
    readonly aliases: readonly string[]
    readonly verdict: 'affected' | 'indeterminate'
    readonly score: number | null
    readonly severity: 'none' | 'low' | 'medium' | 'high' | 'critical' | 'unscored'
    readonly scoreSource: string | null
    readonly vector: string | null
    readonly status: 'reported' | 'active' | 'mitigated' | 'cleared' | 'disputed'
    /** 0 to 1 */
    readonly confidence: number
    readonly why: string
    readonly fixedIn: readonly string[]
    readonly fixedInChannel: readonly string[]
    readonly kev: boolean
    readonly epss: number | null
    readonly published: string | null
    /** When time next changes whether it counts */
    readonly until?: string
  } | {
    readonly kind: "no-cve"
  } | {
    readonly kind: "package"
    readonly test: 'in' | 'not_in'
    /** The one that matched */
    readonly spec?: string
    readonly specs: readonly string[]
  } | {
    readonly kind: "platform"
    readonly subdir: string
    readonly listed: boolean
    readonly subdirs: readonly string[]
  } | {
    readonly kind: "licence"
    readonly licence: string | null
    /** How it was read */
    readonly expression?: string
    readonly known: boolean
    readonly families: readonly string[]
    readonly test: 'in' | 'not_in'
    readonly listed: readonly string[]
    readonly applies: boolean
    readonly why: string
  } | {
    readonly kind: "age"
    /** ISO 8601 */
    readonly firstSeen: string
    readonly ageMs: number
    readonly limits: readonly {
      readonly operator: '>=' | '>' | '<=' | '<' | '='
      readonly value: number
    }[]
    /** ISO 8601 */
    readonly until?: string
  } | {
    readonly kind: "build_age"
    readonly built: string | null
    readonly limits: readonly {
      readonly operator: '>=' | '>' | '<=' | '<' | '='
      readonly value: number
    }[]
    /** ISO 8601 */
    readonly until?: string
  } | {
    readonly kind: "built"
    readonly built: string | null
    /** ISO 8601 */
    readonly from?: string
    /** ISO 8601 */
    readonly before?: string
  } | {
    readonly kind: "size"
    readonly bytes: number
    readonly limits: readonly {
      readonly operator: '>=' | '>' | '<=' | '<' | '='
      readonly value: number
    }[]
  } | {
    readonly kind: "origin"
    readonly origin: {
      readonly kind: 'mirror' | 'upload' | 'bundle'
      readonly id?: string
      readonly name: string
    }
    readonly listed: boolean
  } | {
    readonly kind: "flag"
    readonly fact: 'unmapped' | 'signed' | 'attested' | 'link_scripts' | 'executables_in_noarch' | 'legacy_duplicate'
    readonly value: boolean
    /** Where more is known than yes or no: whose signature it has */
    readonly detail?: string
  } | {
    readonly kind: "unreadable"
    readonly problem: string
  })[]
  readonly final?: true
  /** The words of who wrote the rule */
  readonly note?: string
  /** When the rule stops applying by itself */
  readonly until?: string
}
export type Decision = {
  readonly effect: 'allow' | 'warn' | 'hide' | 'hold' | 'deny'
  /** Every rule that applies, the strictest first */
  readonly reasons: readonly DecisionReason[]
  readonly exceptionsUsed: readonly {
    readonly policy: string
    readonly exception: string
    readonly rule: string
    /** Left out of account; absent when the whole rule was */
    readonly cves?: readonly string[]
    readonly reason: string
    /** ISO 8601 */
    readonly expiresAt?: string
  }[]
  /** Rules that a final one had the last word over */
  readonly overruled?: readonly DecisionReason[]
  /** What the policies on trial would have made of it */
  readonly trial?: {
    readonly effect: 'allow' | 'warn' | 'hide' | 'hold' | 'deny'
    readonly reasons: readonly DecisionReason[]
  }
  /** When time alone may change it */
  readonly nextChangeAt?: string
}
export type ArtifactFacts = {
  readonly channel: string
  readonly subdir: string
  readonly filename: string
  readonly name: string
  readonly version: string
  readonly build: string
  readonly buildNumber: number
  /** Bytes */
  readonly size: number
  readonly licence: string | null
  readonly licenceFamily: string | null
  /** When it was built, as the builder claims; ms since 1970 */
  readonly timestampMs: number | null
  /** When this server first saw these bytes; ms since 1970 */
  readonly firstSeenMs: number
  readonly noarch?: string
  readonly origin: {
    readonly kind: 'mirror' | 'upload' | 'bundle'
    readonly id?: string
    readonly name: string
  }
  readonly unmapped: boolean
  readonly signed: boolean
  /** With which key, or why not */
  readonly signedWhy?: string
  readonly attested: boolean
  readonly attestedWhy?: string
  readonly linkScripts: boolean
  readonly executablesInNoarch: boolean
  readonly legacyDuplicate: boolean
  readonly vulnerabilities: readonly {
    readonly id: string
    readonly aliases: readonly string[]
    readonly verdict: 'affected' | 'indeterminate'
    readonly score: number | null
    readonly severity: 'none' | 'low' | 'medium' | 'high' | 'critical' | 'unscored'
    readonly status: 'reported' | 'active' | 'mitigated' | 'cleared' | 'disputed'
    /** 0 to 1 */
    readonly confidence: number
    readonly why: string
    readonly fixedIn: readonly string[]
    readonly scoreSource: string | null
    readonly vector: string | null
    readonly scores: readonly {
      readonly source: 'local' | 'curated' | 'cna' | 'nvd' | 'cisa-adp' | 'ghsa' | 'osv'
      readonly score: number
      readonly severity: 'none' | 'low' | 'medium' | 'high' | 'critical' | 'unscored'
    }[]
    readonly kev: boolean
    readonly epss: number | null
    readonly publishedMs: number | null
    readonly fixedInChannel: readonly string[]
  }[]
}
export type DecisionChange = {
  readonly id: string
  readonly at: string
  readonly revision: number
  /** Null for a file that was new */
  readonly before: 'allow' | 'warn' | 'hide' | 'hold' | 'deny' | null
  readonly after: 'allow' | 'warn' | 'hide' | 'hold' | 'deny'
  /** Of the revision: what happened */
  readonly causes: readonly Readonly<Record<string, unknown>>[]
  /** With all evidence; null for a plain allow */
  readonly decision: Decision | null
}
export interface Api {
  /** Sign in with a built-in account; the answer is for the header Authorization */
  'POST /api/auth/login': {
    body: {
      readonly username: string
      readonly password: string
      /** Of the second factor, or a recovery code */
      readonly code?: string
    }
    answer: {
      readonly token: string
    }
  }
  /** Sign in with a built-in account; the session is in a cookie, for browsers */
  'POST /api/auth/session': {
    body: {
      readonly username: string
      readonly password: string
      /** Of the second factor, or a recovery code */
      readonly code?: string
    }
    answer: {
      readonly user_id: string
      readonly username: string
      readonly expires_at: string
    }
  }
  /** Whether somebody is signed in, and who; for pages that are also for nobody */
  'GET /api/auth/session': {
    answer: {
      readonly account: {
        readonly user_id: string
        readonly username: string
        readonly default_channel_name: string
        readonly roles: readonly string[]
        readonly groups: readonly {
          readonly id: string
          readonly name: string
        }[]
        readonly is_service: boolean
      } | null
    }
  }
  /** Accept an invitation: makes the account and signs it in */
  'POST /api/auth/invitation': {
    body: {
      readonly token: string
      readonly password: string
    }
    answer: {
      readonly user_id: string
      readonly username: string
      readonly expires_at: string
    }
  }
  /** End the session that asks; tokens stay. Says where the browser ends that of its provider, if it has one */
  'POST /api/auth/logout': {
    answer: {
      readonly redirect_to: string
    }
  }
  /** End the session that asks, here and at its provider, and go to the first page */
  'GET /api/auth/logout': {
    answer: null
  }
  /** Who the token speaks for */
  'GET /api/account': {
    answer: {
      readonly user_id: string
      readonly username: string
      readonly default_channel_name: string
      readonly roles: readonly string[]
      readonly groups: readonly {
        readonly id: string
        readonly name: string
      }[]
      readonly is_service: boolean
    }
  }
  /** Scopes that I can make use of */
  'GET /api/account/scopes': {
    answer: {
      readonly scopes: readonly string[]
    }
  }
  /** My level on each kind of thing, as roles give it */
  'GET /api/account/permissions': {
    answer: {
      readonly items: readonly {
        readonly resource_type: string
        readonly action: string
        readonly permissions: string
      }[]
    }
  }
  /** Every scope a token can be limited to */
  'GET /api/system/scopes': {
    answer: readonly string[]
  }
  /** Every kind of thing a role has a level on */
  'GET /api/system/resource_types': {
    answer: readonly string[]
  }
  /** Change my password; my other sessions end */
  'PUT /api/account/password': {
    body: {
      readonly old_password: string
      readonly new_password: string
    }
    answer: null
  }
  /** Whether I have a second factor, and how many recovery codes are left */
  'GET /api/account/second-factor': {
    answer: {
      readonly enabled: boolean
      readonly recovery_codes_left: number
    }
  }
  /** Begin to set up a second factor: a seed for an authenticator app */
  'POST /api/account/second-factor': {
    body: {
      readonly password: string
    }
    answer: {
      readonly secret: string
      readonly uri: string
    }
  }
  /** Put the second factor in force with a first code; answers with recovery codes, once */
  'POST /api/account/second-factor/confirm': {
    body: {
      readonly code: string
    }
    answer: {
      readonly recovery_codes: readonly string[]
    }
  }
  /** New recovery codes in place of the old ones */
  'POST /api/account/second-factor/recovery-codes': {
    body: {
      readonly password: string
    }
    answer: {
      readonly recovery_codes: readonly string[]
    }
  }
  /** Remove my second factor */
  'POST /api/account/second-factor/remove': {
    body: {
      readonly password: string
    }
    answer: null
  }
  /** Where I am signed in */
  'GET /api/account/sessions': {
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly id: string
        readonly method: string
        readonly created_at: string
        readonly last_seen_at: string
        readonly expires_at: string
        readonly address: string | null
        readonly user_agent: string | null
        readonly current: boolean
      }[]
    }
  }
  /** End all my sessions but this one */
  'DELETE /api/account/sessions': {
    answer: null
  }
  /** End one of my sessions */
  'DELETE /api/account/sessions/{sessionId}': {
    params: {
      readonly sessionId: string
    }
    answer: null
  }
  /** Tokens of my own; a secret is shown once, when it is made */
  'GET /api/account/tokens': {
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly id: string
        readonly name: string
        /** What it is limited by; account: by nothing */
        readonly type: 'scope' | 'resource' | 'account'
        readonly metadata: Readonly<Record<string, unknown>>
        readonly created_at: string
        readonly expires_at: string
        readonly last_used_at: string | null
        readonly last_used_address: string | null
        readonly scopes?: readonly string[]
        readonly resources?: readonly {
          readonly resource_type: 'channel' | 'subchannel' | 'artifact'
          /** A channel by id or name; for an artifact channel/name, where the name may be a pattern */
          readonly resource_id: string
          readonly permission: 'read' | 'write' | 'manage'
        }[]
      }[]
    }
  }
  /** Make a token for my own */
  'POST /api/account/tokens': {
    body: {
      readonly name: string
      readonly metadata?: Readonly<Record<string, unknown>>
      /** The last day it is good on: 2027-03-31 */
      readonly expires_at?: string
      /** In place of expires_at: so many days from now */
      readonly days?: number
      readonly scopes?: readonly string[]
      readonly resources?: readonly {
        readonly resource_type: 'channel' | 'subchannel' | 'artifact'
        /** A channel by id or name; for an artifact channel/name, where the name may be a pattern */
        readonly resource_id: string
        readonly permission: 'read' | 'write' | 'manage'
      }[]
    }
    answer: {
      readonly id: string
      readonly token: string
      readonly expires_at: string
    }
  }
  /** Change a token of my own; it gets a new secret unless told not to */
  'PUT /api/account/tokens/{tokenId}': {
    params: {
      readonly tokenId: string
    }
    query?: {
      readonly reissue_token?: 'true' | 'false'
    }
    body: {
      readonly name?: string
      readonly metadata?: Readonly<Record<string, unknown>>
      /** The last day it is good on: 2027-03-31 */
      readonly expires_at?: string
      /** In place of expires_at: so many days from now */
      readonly days?: number
      readonly scopes?: readonly string[]
      readonly resources?: readonly {
        readonly resource_type: 'channel' | 'subchannel' | 'artifact'
        /** A channel by id or name; for an artifact channel/name, where the name may be a pattern */
        readonly resource_id: string
        readonly permission: 'read' | 'write' | 'manage'
      }[]
    }
    answer: {
      /** Null when it was not reissued */
      readonly token: string | null
    }
  }
  /** Drop a token of my own, at once */
  'DELETE /api/account/tokens/{tokenId}': {
    params: {
      readonly tokenId: string
    }
    answer: null
  }
  /** Write notes to a token of my own */
  'PUT /api/account/tokens/{tokenId}/metadata': {
    params: {
      readonly tokenId: string
    }
    body: Readonly<Record<string, unknown>>
    answer: {
      /** Null when it was not reissued */
      readonly token: string | null
    }
  }
  /** Tokens of an account; a secret is shown once, when it is made */
  'GET /api/users/{userId}/tokens': {
    params: {
      readonly userId: string
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly id: string
        readonly name: string
        /** What it is limited by; account: by nothing */
        readonly type: 'scope' | 'resource' | 'account'
        readonly metadata: Readonly<Record<string, unknown>>
        readonly created_at: string
        readonly expires_at: string
        readonly last_used_at: string | null
        readonly last_used_address: string | null
        readonly scopes?: readonly string[]
        readonly resources?: readonly {
          readonly resource_type: 'channel' | 'subchannel' | 'artifact'
          /** A channel by id or name; for an artifact channel/name, where the name may be a pattern */
          readonly resource_id: string
          readonly permission: 'read' | 'write' | 'manage'
        }[]
      }[]
    }
  }
  /** Make a token for an account */
  'POST /api/users/{userId}/tokens': {
    params: {
      readonly userId: string
    }
    body: {
      readonly name: string
      readonly metadata?: Readonly<Record<string, unknown>>
      /** The last day it is good on: 2027-03-31 */
      readonly expires_at?: string
      /** In place of expires_at: so many days from now */
      readonly days?: number
      readonly scopes?: readonly string[]
      readonly resources?: readonly {
        readonly resource_type: 'channel' | 'subchannel' | 'artifact'
        /** A channel by id or name; for an artifact channel/name, where the name may be a pattern */
        readonly resource_id: string
        readonly permission: 'read' | 'write' | 'manage'
      }[]
    }
    answer: {
      readonly id: string
      readonly token: string
      readonly expires_at: string
    }
  }
  /** Drop all tokens of an account, at once */
  'DELETE /api/users/{userId}/tokens': {
    params: {
      readonly userId: string
    }
    answer: {
      readonly dropped: number
    }
  }
  /** Change a token of an account; it gets a new secret unless told not to */
  'PUT /api/users/{userId}/tokens/{tokenId}': {
    params: {
      readonly userId: string
      readonly tokenId: string
    }
    query?: {
      readonly reissue_token?: 'true' | 'false'
    }
    body: {
      readonly name?: string
      readonly metadata?: Readonly<Record<string, unknown>>
      /** The last day it is good on: 2027-03-31 */
      readonly expires_at?: string
      /** In place of expires_at: so many days from now */
      readonly days?: number
      readonly scopes?: readonly string[]
      readonly resources?: readonly {
        readonly resource_type: 'channel' | 'subchannel' | 'artifact'
        /** A channel by id or name; for an artifact channel/name, where the name may be a pattern */
        readonly resource_id: string
        readonly permission: 'read' | 'write' | 'manage'
      }[]
    }
    answer: {
      /** Null when it was not reissued */
      readonly token: string | null
    }
  }
  /** Drop a token of an account, at once */
  'DELETE /api/users/{userId}/tokens/{tokenId}': {
    params: {
      readonly userId: string
      readonly tokenId: string
    }
    answer: null
  }
  /** Write notes to a token of an account */
  'PUT /api/users/{userId}/tokens/{tokenId}/metadata': {
    params: {
      readonly userId: string
      readonly tokenId: string
    }
    body: Readonly<Record<string, unknown>>
    answer: {
      /** Null when it was not reissued */
      readonly token: string | null
    }
  }
  /** Tokens of many accounts */
  'POST /api/users/tokens': {
    body: {
      readonly users_ids: readonly string[]
    }
    answer: {
      readonly items: readonly {
        readonly user_id: string
        readonly tokens: readonly {
          readonly id: string
          readonly name: string
          /** What it is limited by; account: by nothing */
          readonly type: 'scope' | 'resource' | 'account'
          readonly metadata: Readonly<Record<string, unknown>>
          readonly created_at: string
          readonly expires_at: string
          readonly last_used_at: string | null
          readonly last_used_address: string | null
          readonly scopes?: readonly string[]
          readonly resources?: readonly {
            readonly resource_type: 'channel' | 'subchannel' | 'artifact'
            /** A channel by id or name; for an artifact channel/name, where the name may be a pattern */
            readonly resource_id: string
            readonly permission: 'read' | 'write' | 'manage'
          }[]
        }[]
      }[]
    }
  }
  /** Change the end or the resources of many tokens */
  'PUT /api/users/tokens': {
    body: {
      readonly token_ids: readonly string[]
      /** The last day it is good on: 2027-03-31 */
      readonly expires_at?: string
      readonly resources?: readonly {
        readonly resource_type: 'channel' | 'subchannel' | 'artifact'
        /** A channel by id or name; for an artifact channel/name, where the name may be a pattern */
        readonly resource_id: string
        readonly permission: 'read' | 'write' | 'manage'
      }[]
    }
    answer: {
      readonly tokens: readonly string[]
      readonly successful_updated_users: readonly string[]
    }
  }
  /** The token that asks: how long it is good and what it is limited by */
  'GET /api/account/token-info': {
    answer: {
      readonly expires_at: string
      readonly default_channel_name: string
      readonly type: 'scope' | 'resource' | 'account'
    }
  }
  /** Identity providers to sign in with */
  'GET /api/auth/providers': {
    answer: {
      readonly items: readonly {
        readonly name: string
        readonly title: string
        readonly issuer: string
        readonly authorize_path: string
        readonly cli_client_id: string | null
        readonly scopes: readonly string[]
      }[]
    }
  }
  /** Begin to sign in with a provider: a browser is sent there, a program gets the address */
  'GET /api/auth/authorize': {
    query?: {
      readonly provider?: string
      readonly return_to?: string
    }
    answer: {
      readonly redirect_url: string
    }
  }
  /** Where a provider sends the browser back to */
  'GET /api/auth/callback/{provider}': {
    params: {
      readonly provider: string
    }
    query?: {
      readonly code?: string
      readonly state?: string
      readonly iss?: string
      readonly error?: string
    }
    answer: null
  }
  /** A session for an ID token that the command line got from a provider; good once */
  'POST /api/auth/exchange': {
    body: {
      readonly provider: string
      readonly id_token: string
    }
    answer: {
      readonly token: string
      readonly username: string
      readonly expires_at: string
    }
  }
  /** What the claims of a provider would give somebody here, each with the reason */
  'POST /api/auth/test-claims': {
    body: {
      readonly provider?: string
      readonly claims: Readonly<Record<string, unknown>>
    }
    answer: {
      readonly provider: string
      readonly username: string | null
      readonly display_name: string | null
      readonly email: string | null
      readonly groups: readonly {
        readonly value: string
        readonly name: string | null
        readonly reason: string
      }[]
      readonly roles: readonly {
        readonly value: string
        readonly name: string | null
        readonly reason: string
      }[]
      readonly missing: readonly string[]
    }
  }
  /** Identity providers that my account is linked to */
  'GET /api/account/identities': {
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly issuer: string
        readonly subject: string
        readonly provider: string | null
        readonly title: string | null
        readonly created_at: string
        readonly last_login_at: string | null
      }[]
    }
  }
  /** Begin to link my account to a provider: says where the browser goes. Takes the password, and a code where there is a second factor */
  'POST /api/account/identities': {
    body: {
      readonly provider: string
      readonly password?: string
      readonly code?: string
    }
    answer: {
      readonly redirect_url: string
    }
  }
  /** Take the link of my account to a provider away; sessions that came from there end */
  'DELETE /api/account/identities': {
    query: {
      readonly issuer: string
    }
    answer: null
  }
  /** Identity providers that an account is linked to */
  'GET /api/users/{userId}/identities': {
    params: {
      readonly userId: string
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly issuer: string
        readonly subject: string
        readonly provider: string | null
        readonly title: string | null
        readonly created_at: string
        readonly last_login_at: string | null
      }[]
    }
  }
  /** Take the link of an account to a provider away; sessions that came from there end */
  'DELETE /api/users/{userId}/identities': {
    params: {
      readonly userId: string
    }
    query: {
      readonly issuer: string
    }
    answer: null
  }
  /** Checks of the storage, the newest first */
  'GET /api/system/checks': {
    query?: {
      readonly offset?: number
      readonly limit?: number
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly id: string
        readonly state: 'queued' | 'running' | 'done' | 'failed' | 'stopped'
        readonly deep: boolean
        readonly repair: boolean
        readonly created_at: string
        readonly finished_at: string | null
        readonly progress: {
          readonly step: string
          /** Things looked at in this step */
          readonly done: number
          readonly bytes?: number
          readonly bytes_per_second?: number
          readonly seconds_remaining?: number | null
        } | null
        readonly error: string | null
        readonly result: {
          readonly deep: boolean
          /** What is wrong, or was before the repair */
          readonly faults: number
          readonly repaired: number
          /** Put aside: it does no harm, and needs people */
          readonly aside: number
          /** Faults that are still there */
          readonly left: number
          readonly notes: number
          /** As `terrarium fsck` ends: 0 when nothing is wrong */
          readonly exit_code: number
          readonly channels: number
          readonly blobs: number
          readonly bytes: number
        } | null
      }[]
    }
  }
  /** Check the storage: a job. Deep reads every blob; repair mends what it finds */
  'POST /api/system/checks': {
    body: {
      readonly deep?: boolean
      readonly repair?: boolean
    }
    answer: {
      readonly job_id: string
    }
  }
  /** What a check found, and what was done about it */
  'GET /api/system/checks/{checkId}/findings': {
    params: {
      readonly checkId: string
    }
    query?: {
      readonly offset?: number
      readonly limit?: number
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        /** corrupt, missing, inconsistent or stray */
        readonly kind: string
        readonly code: string
        readonly where: string
        readonly message: string
        /** Null where no repair was asked for */
        readonly outcome: 'repaired' | 'aside' | 'left' | null
        /** What was done, in words */
        readonly repair: string | null
      }[]
    }
  }
  /** Stop the check that runs, and those that wait */
  'POST /api/system/checks/stop': {
    answer: {
      readonly stopped: number
    }
  }
  /** What is stored, by channel, and what waits to be collected */
  'GET /api/system/storage': {
    query?: {
      readonly offset?: number
      readonly limit?: number
    }
    answer: {
      /** Packages whose bytes are here, each once for all channels */
      readonly artifact_count: number
      readonly artifact_bytes: number
      /** Blobs that nothing names, on their way out */
      readonly condemned_count: number
      readonly last_collection: {
        /** Revisions that are not kept any more */
        readonly expired_revisions: number
        /** Blobs that were deleted, or would be */
        readonly blob_count: number
        /** Their bytes */
        readonly space_reclaimed: number
        /** Blobs that nothing names and that go when collect_after_hours are over */
        readonly waiting_count: number
        readonly waiting_bytes: number
        readonly kept_count: number
        /** The first thousand of those that were deleted, or would be, by sha256 */
        readonly blobs: readonly string[]
      } | null
      readonly last_collection_at: string | null
      readonly channels: {
        readonly total_count: number
        readonly items: readonly {
          readonly name: string
          readonly file_count: number
          /** Of its packages, also those that other channels have too */
          readonly bytes: number
        }[]
      }
    }
  }
  /** Collect garbage: a job whose result says what went, or with dry_run what would */
  'POST /api/system/collect': {
    body: {
      readonly dry_run?: boolean
    }
    answer: {
      readonly job_id: string
    }
  }
  /** Collect garbage and wait for the end */
  'DELETE /api/system/blob_cleanup': {
    answer: {
      /** Revisions that are not kept any more */
      readonly expired_revisions: number
      /** Blobs that were deleted, or would be */
      readonly blob_count: number
      /** Their bytes */
      readonly space_reclaimed: number
      /** Blobs that nothing names and that go when collect_after_hours are over */
      readonly waiting_count: number
      readonly waiting_bytes: number
      readonly kept_count: number
      /** The first thousand of those that were deleted, or would be, by sha256 */
      readonly blobs: readonly string[]
    }
  }
  /** The same, deleting none but the named blobs; those that something names stay */
  'POST /api/system/blob_cleanup': {
    body: readonly string[]
    answer: {
      /** Revisions that are not kept any more */
      readonly expired_revisions: number
      /** Blobs that were deleted, or would be */
      readonly blob_count: number
      /** Their bytes */
      readonly space_reclaimed: number
      /** Blobs that nothing names and that go when collect_after_hours are over */
      readonly waiting_count: number
      readonly waiting_bytes: number
      readonly kept_count: number
      /** The first thousand of those that were deleted, or would be, by sha256 */
      readonly blobs: readonly string[]
    }
  }
  /** Which jobs of CI systems may upload to a channel */
  'GET /api/channels/{channel}/trust-rules': {
    params: {
      readonly channel: string
    }
    query?: {
      readonly offset?: number
      readonly limit?: number
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly id: string
        readonly name: string
        readonly issuer: string
        /** Patterns; * stands for any text */
        readonly claims: Readonly<Record<string, string>>
        readonly name_patterns: readonly string[] | null
        /** The service account that its jobs upload as */
        readonly account_id: string
        /** Whom a job has to ask its token for */
        readonly audience: string | null
        readonly created_at: string
        readonly last_used_at: string | null
      }[]
    }
  }
  /** Let jobs of a CI system upload to a channel */
  'POST /api/channels/{channel}/trust-rules': {
    params: {
      readonly channel: string
    }
    body: {
      readonly name: string
      readonly issuer: string
      /** Patterns; * stands for any text */
      readonly claims: Readonly<Record<string, string>>
      readonly name_patterns?: readonly string[] | null
    }
    answer: {
      readonly id: string
      readonly name: string
      readonly issuer: string
      /** Patterns; * stands for any text */
      readonly claims: Readonly<Record<string, string>>
      readonly name_patterns: readonly string[] | null
      /** The service account that its jobs upload as */
      readonly account_id: string
      /** Whom a job has to ask its token for */
      readonly audience: string | null
      readonly created_at: string
      readonly last_used_at: string | null
    }
  }
  /** Change whom a trust rule lets in, by id or name; tokens that are out end at once */
  'PUT /api/channels/{channel}/trust-rules/{rule}': {
    params: {
      readonly channel: string
      readonly rule: string
    }
    body: {
      readonly issuer: string
      /** Patterns; * stands for any text */
      readonly claims: Readonly<Record<string, string>>
      readonly name_patterns?: readonly string[] | null
    }
    answer: {
      readonly id: string
      readonly name: string
      readonly issuer: string
      /** Patterns; * stands for any text */
      readonly claims: Readonly<Record<string, string>>
      readonly name_patterns: readonly string[] | null
      /** The service account that its jobs upload as */
      readonly account_id: string
      /** Whom a job has to ask its token for */
      readonly audience: string | null
      readonly created_at: string
      readonly last_used_at: string | null
    }
  }
  /** Drop a trust rule, by id or name; tokens that are out end at once */
  'DELETE /api/channels/{channel}/trust-rules/{rule}': {
    params: {
      readonly channel: string
      readonly rule: string
    }
    answer: null
  }
  /** Which rules of a channel would let in a job with these claims, and why; issues nothing */
  'POST /api/channels/{channel}/trust-rules/try': {
    params: {
      readonly channel: string
    }
    body: {
      /** The claims of the token of a job, iss included; not the token itself */
      readonly claims: Readonly<Record<string, unknown>>
    }
    answer: {
      readonly items: readonly {
        readonly id: string
        readonly name: string
        readonly issuer: string
        readonly matches: boolean
        readonly issuer_matches: boolean
        readonly claims: readonly {
          readonly claim: string
          readonly pattern: string
          /** What was given; null for nothing that can be compared */
          readonly value: string | null
          readonly matches: boolean
        }[]
      }[]
    }
  }
  /** For CI jobs: an upload token of ten minutes for the job’s own signed token; the answer is its text */
  'POST /api/oidc/mint_token': {
    body: {
      readonly token: string
      /** Where trust rules of several channels fit */
      readonly channel?: string
    }
    answer: string
  }
  /** People with an account, by name; the header X-Total-Count has how many */
  'GET /api/users': {
    query?: {
      readonly offset?: number
      readonly limit?: number
      readonly q?: string
    }
    answer: readonly {
      readonly id: string
      readonly username: string
      readonly display_name: string
      readonly email?: string | null
      readonly is_disabled?: boolean
      readonly created_at?: string
      readonly last_login_at?: string | null
      readonly locked_until?: string | null
      readonly has_second_factor?: boolean
    }[]
  }
  /** Make an account; without a password one is made and shown once */
  'POST /api/users': {
    body: {
      readonly username: string
      readonly display_name?: string
      readonly email?: string
      readonly password?: string
    }
    answer: {
      readonly id: string
      readonly username: string
      readonly display_name: string
      readonly email?: string | null
      readonly is_disabled?: boolean
      readonly created_at?: string
      readonly last_login_at?: string | null
      readonly locked_until?: string | null
      readonly has_second_factor?: boolean
      readonly password?: string
    }
  }
  /** One account */
  'GET /api/users/{userId}': {
    params: {
      readonly userId: string
    }
    answer: {
      readonly id: string
      readonly username: string
      readonly display_name: string
      readonly email?: string | null
      readonly is_disabled?: boolean
      readonly created_at?: string
      readonly last_login_at?: string | null
      readonly locked_until?: string | null
      readonly has_second_factor?: boolean
    }
  }
  /** Describe an account anew, disable or enable it */
  'PUT /api/users/{userId}': {
    params: {
      readonly userId: string
    }
    body: {
      readonly display_name?: string
      readonly email?: string | null
      readonly is_disabled?: boolean
    }
    answer: {
      readonly id: string
      readonly username: string
      readonly display_name: string
      readonly email?: string | null
      readonly is_disabled?: boolean
      readonly created_at?: string
      readonly last_login_at?: string | null
      readonly locked_until?: string | null
      readonly has_second_factor?: boolean
    }
  }
  /** Take an account away with its tokens and sessions */
  'DELETE /api/users/{userId}': {
    params: {
      readonly userId: string
    }
    answer: null
  }
  /** What an account holds: roles, groups, access to channels and the rights of them, each with why */
  'GET /api/users/{userId}/rights': {
    params: {
      readonly userId: string
    }
    answer: {
      readonly user: {
        readonly id: string
        readonly name: string
        readonly is_disabled: boolean
      }
      readonly roles: readonly {
        readonly name: string
        readonly reach: 'own' | 'all'
        readonly because: string
      }[]
      readonly groups: readonly {
        readonly id: string
        readonly name: string
      }[]
      readonly channels: readonly {
        readonly channel: string
        /** none, read, write or manage */
        readonly level: string
        readonly because: string
      }[]
      readonly rights: readonly {
        readonly resource: string
        /** By roles that reach everything */
        readonly everywhere: string
        /** The most it comes to in a channel with access, and on one’s own */
        readonly with_access: string
        readonly reasons: readonly {
          /** none, read, write or manage */
          readonly level: string
          readonly text: string
        }[]
      }[]
    }
  }
  /** What an account may do in a channel, and why */
  'GET /api/users/{userId}/rights/{channel}': {
    params: {
      readonly userId: string
      readonly channel: string
    }
    answer: {
      readonly user: {
        readonly id: string
        readonly name: string
      }
      readonly channel: string
      readonly rights: readonly {
        readonly resource: string
        readonly level: 'none' | 'read' | 'write' | 'manage'
        readonly reasons: readonly {
          readonly level: 'none' | 'read' | 'write' | 'manage'
          readonly text: string
        }[]
      }[]
    }
  }
  /** A new password for somebody who forgot it, shown once; their sessions end */
  'POST /api/users/{userId}/password-reset': {
    params: {
      readonly userId: string
    }
    body: {
      readonly drop_tokens?: boolean
      readonly drop_second_factor?: boolean
    }
    answer: {
      readonly password: string
    }
  }
  /** Let somebody in again who is locked out after wrong attempts */
  'POST /api/users/{userId}/unlock': {
    params: {
      readonly userId: string
    }
    answer: null
  }
  /** Take off the second factor of somebody who lost it; the password stays */
  'DELETE /api/users/{userId}/second-factor': {
    params: {
      readonly userId: string
    }
    answer: null
  }
  /** Where an account is signed in */
  'GET /api/users/{userId}/sessions': {
    params: {
      readonly userId: string
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly id: string
        readonly method: string
        readonly created_at: string
        readonly last_seen_at: string
        readonly expires_at: string
        readonly address: string | null
        readonly user_agent: string | null
        readonly current: boolean
      }[]
    }
  }
  /** End all sessions of an account */
  'DELETE /api/users/{userId}/sessions': {
    params: {
      readonly userId: string
    }
    answer: null
  }
  /** End one session of an account */
  'DELETE /api/users/{userId}/sessions/{sessionId}': {
    params: {
      readonly userId: string
      readonly sessionId: string
    }
    answer: null
  }
  /** Invitations that were not accepted yet */
  'GET /api/invitations': {
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly id: string
        readonly username: string
        readonly email: string | null
        readonly roles: readonly string[]
        readonly groups: readonly string[]
        readonly created_at: string
        readonly expires_at: string
      }[]
    }
  }
  /** Invite somebody: the token is for them alone, and good once */
  'POST /api/invitations': {
    body: {
      readonly username: string
      readonly email?: string
      /** Names or ids */
      readonly roles?: readonly string[]
      /** Ids */
      readonly groups?: readonly string[]
      readonly hours?: number
    }
    answer: {
      readonly id: string
      readonly token: string
      readonly expires_at: string
    }
  }
  /** Withdraw an invitation */
  'DELETE /api/invitations/{invitationId}': {
    params: {
      readonly invitationId: string
    }
    answer: null
  }
  /** Accounts of programs: all, or those of a channel. Their tokens: /api/users/{userId}/tokens */
  'GET /api/service-accounts': {
    query?: {
      readonly offset?: number
      readonly limit?: number
      readonly q?: string
      readonly channel?: string
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly id: string
        readonly name: string
        readonly description: string
        readonly channel: string | null
        readonly is_disabled: boolean
        readonly created_at: string
      }[]
    }
  }
  /** Make an account for a program, of a channel or of the organisation */
  'POST /api/service-accounts': {
    body: {
      readonly name?: string
      readonly description?: string
      readonly channel?: string
      readonly permission?: 'read' | 'write' | 'manage'
    }
    answer: {
      readonly id: string
      readonly name: string
      readonly description: string
      readonly channel: string | null
      readonly is_disabled: boolean
      readonly created_at: string
    }
  }
  /** One account of a program */
  'GET /api/service-accounts/{accountId}': {
    params: {
      readonly accountId: string
    }
    answer: {
      readonly id: string
      readonly name: string
      readonly description: string
      readonly channel: string | null
      readonly is_disabled: boolean
      readonly created_at: string
    }
  }
  /** Describe an account of a program anew, disable or enable it */
  'PUT /api/service-accounts/{accountId}': {
    params: {
      readonly accountId: string
    }
    body: {
      readonly description?: string
      readonly is_disabled?: boolean
    }
    answer: {
      readonly id: string
      readonly name: string
      readonly description: string
      readonly channel: string | null
      readonly is_disabled: boolean
      readonly created_at: string
    }
  }
  /** Take an account of a program away with its tokens */
  'DELETE /api/service-accounts/{accountId}': {
    params: {
      readonly accountId: string
    }
    answer: null
  }
  /** Groups, by name */
  'GET /api/groups': {
    query?: {
      readonly offset?: number
      readonly limit?: number
      readonly q?: string
      readonly with_user_counts?: 'true' | 'false'
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly id: string
        readonly name: string
        readonly description: string
        readonly members_count?: number
        /** What you may do with it */
        readonly user_permission: 'read' | 'manage'
        /** Comes from a directory */
        readonly remote: boolean
        readonly created_at: string
        readonly updated_at: string
      }[]
    }
  }
  /** Make a group */
  'POST /api/groups': {
    body: {
      readonly name: string
      readonly description: string
    }
    answer: {
      readonly id: string
      readonly name: string
      readonly description: string
      readonly members_count?: number
      /** What you may do with it */
      readonly user_permission: 'read' | 'manage'
      /** Comes from a directory */
      readonly remote: boolean
      readonly created_at: string
      readonly updated_at: string
    }
  }
  /** One group */
  'GET /api/groups/{groupId}': {
    params: {
      readonly groupId: string
    }
    answer: {
      readonly id: string
      readonly name: string
      readonly description: string
      readonly members_count?: number
      /** What you may do with it */
      readonly user_permission: 'read' | 'manage'
      /** Comes from a directory */
      readonly remote: boolean
      readonly created_at: string
      readonly updated_at: string
    }
  }
  /** Name or describe a group anew */
  'PUT /api/groups/{groupId}': {
    params: {
      readonly groupId: string
    }
    body: {
      readonly name: string
      readonly description: string
    }
    answer: {
      readonly id: string
      readonly name: string
      readonly description: string
      readonly members_count?: number
      /** What you may do with it */
      readonly user_permission: 'read' | 'manage'
      /** Comes from a directory */
      readonly remote: boolean
      readonly created_at: string
      readonly updated_at: string
    }
  }
  /** Take a group away with what it was given */
  'DELETE /api/groups/{groupId}': {
    params: {
      readonly groupId: string
    }
    answer: null
  }
  /** Who is in a group, and who says so */
  'GET /api/groups/{groupId}/users': {
    params: {
      readonly groupId: string
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly id: string
        readonly username: string
        readonly permission: 'read' | 'manage'
        /** local, or the issuer whose claim says so */
        readonly source: string
      }[]
    }
  }
  /** Put somebody in a group, or change what they may do with it */
  'POST /api/groups/{groupId}/users': {
    params: {
      readonly groupId: string
    }
    body: {
      readonly user_id: string
      readonly permission: 'read' | 'manage'
    }
    answer: {
      readonly id: string
      readonly name: string
      readonly description: string
      readonly members_count?: number
      /** What you may do with it */
      readonly user_permission: 'read' | 'manage'
      /** Comes from a directory */
      readonly remote: boolean
      readonly created_at: string
      readonly updated_at: string
    }
  }
  /** Take somebody out of a group */
  'DELETE /api/groups/{groupId}/users/{userId}': {
    params: {
      readonly groupId: string
      readonly userId: string
    }
    answer: {
      readonly id: string
      readonly name: string
      readonly description: string
      readonly members_count?: number
      /** What you may do with it */
      readonly user_permission: 'read' | 'manage'
      /** Comes from a directory */
      readonly remote: boolean
      readonly created_at: string
      readonly updated_at: string
    }
  }
  /** Roles with the level each gives on each kind of thing */
  'GET /api/roles': {
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly id: string
        readonly name: string
        readonly description: string
        /** Came with the product and cannot be deleted */
        readonly persistent: boolean
        /** own: in channels one has access to; all: in every channel and for the whole server */
        readonly reach: 'own' | 'all'
        readonly given_to: 'everyone' | 'accounts' | 'granted'
        readonly permissions: Readonly<Partial<Record<'channel' | 'channel.default-channel' | 'channel.group' | 'channel.mirror' | 'channel.routes-filtered' | 'subchannel' | 'subchannel.group' | 'subchannel.mirror' | 'mirror' | 'artifact' | 'cve' | 'cve-notifications' | 'policy' | 'policy.exception' | 'role' | 'user' | 'group' | 'service-account' | 'user.token' | 'job' | 'audit-logs' | 'system' | 'system.metrics' | 'system.settings' | 'system.license', 'none' | 'read' | 'write' | 'manage'>>>
      }[]
    }
  }
  /** Make a role */
  'POST /api/roles': {
    body: {
      readonly name: string
      readonly description?: string
      /** own: in channels one has access to; all: in every channel and for the whole server */
      readonly reach?: 'own' | 'all'
      readonly given_to?: 'everyone' | 'accounts' | 'granted'
      readonly permissions: Readonly<Partial<Record<'channel' | 'channel.default-channel' | 'channel.group' | 'channel.mirror' | 'channel.routes-filtered' | 'subchannel' | 'subchannel.group' | 'subchannel.mirror' | 'mirror' | 'artifact' | 'cve' | 'cve-notifications' | 'policy' | 'policy.exception' | 'role' | 'user' | 'group' | 'service-account' | 'user.token' | 'job' | 'audit-logs' | 'system' | 'system.metrics' | 'system.settings' | 'system.license', 'none' | 'read' | 'write' | 'manage' | null>>>
    }
    answer: {
      readonly id: string
      readonly name: string
      readonly description: string
      /** Came with the product and cannot be deleted */
      readonly persistent: boolean
      /** own: in channels one has access to; all: in every channel and for the whole server */
      readonly reach: 'own' | 'all'
      readonly given_to: 'everyone' | 'accounts' | 'granted'
      readonly permissions: Readonly<Partial<Record<'channel' | 'channel.default-channel' | 'channel.group' | 'channel.mirror' | 'channel.routes-filtered' | 'subchannel' | 'subchannel.group' | 'subchannel.mirror' | 'mirror' | 'artifact' | 'cve' | 'cve-notifications' | 'policy' | 'policy.exception' | 'role' | 'user' | 'group' | 'service-account' | 'user.token' | 'job' | 'audit-logs' | 'system' | 'system.metrics' | 'system.settings' | 'system.license', 'none' | 'read' | 'write' | 'manage'>>>
    }
  }
  /** Change a role; those that came with the product keep their names */
  'PUT /api/roles/{roleId}': {
    params: {
      readonly roleId: string
    }
    body: {
      readonly name: string
      readonly description?: string
      /** own: in channels one has access to; all: in every channel and for the whole server */
      readonly reach?: 'own' | 'all'
      readonly given_to?: 'everyone' | 'accounts' | 'granted'
      readonly permissions: Readonly<Partial<Record<'channel' | 'channel.default-channel' | 'channel.group' | 'channel.mirror' | 'channel.routes-filtered' | 'subchannel' | 'subchannel.group' | 'subchannel.mirror' | 'mirror' | 'artifact' | 'cve' | 'cve-notifications' | 'policy' | 'policy.exception' | 'role' | 'user' | 'group' | 'service-account' | 'user.token' | 'job' | 'audit-logs' | 'system' | 'system.metrics' | 'system.settings' | 'system.license', 'none' | 'read' | 'write' | 'manage' | null>>>
    }
    answer: {
      readonly id: string
      readonly name: string
      readonly description: string
      /** Came with the product and cannot be deleted */
      readonly persistent: boolean
      /** own: in channels one has access to; all: in every channel and for the whole server */
      readonly reach: 'own' | 'all'
      readonly given_to: 'everyone' | 'accounts' | 'granted'
      readonly permissions: Readonly<Partial<Record<'channel' | 'channel.default-channel' | 'channel.group' | 'channel.mirror' | 'channel.routes-filtered' | 'subchannel' | 'subchannel.group' | 'subchannel.mirror' | 'mirror' | 'artifact' | 'cve' | 'cve-notifications' | 'policy' | 'policy.exception' | 'role' | 'user' | 'group' | 'service-account' | 'user.token' | 'job' | 'audit-logs' | 'system' | 'system.metrics' | 'system.settings' | 'system.license', 'none' | 'read' | 'write' | 'manage'>>>
    }
  }
  /** Take a role away */
  'DELETE /api/roles/{roleId}': {
    params: {
      readonly roleId: string
    }
    answer: null
  }
  /** Accounts and groups that hold a role, and who says so */
  'GET /api/roles/{roleId}/grants': {
    params: {
      readonly roleId: string
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly subject_kind: 'user' | 'group'
        readonly subject_id: string
        readonly name: string
        readonly source: string
      }[]
    }
  }
  /** Give a role to an account or a group */
  'POST /api/roles/{roleId}/grants': {
    params: {
      readonly roleId: string
    }
    body: {
      readonly subject_kind: 'user' | 'group'
      readonly subject_id: string
    }
    answer: null
  }
  /** Take a role from an account or a group */
  'DELETE /api/roles/{roleId}/grants/{subject_kind}/{subject_id}': {
    params: {
      readonly roleId: string
      readonly subject_kind: 'user' | 'group'
      readonly subject_id: string
    }
    answer: null
  }
  /** Which groups a channel is shared with */
  'GET /api/channels/{channel}/groups': {
    params: {
      readonly channel: string
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly group_id: string
        readonly name: string
        readonly description: string
        readonly permission: 'read' | 'write' | 'manage'
        readonly persistent: false
        readonly name_patterns: readonly string[] | null
        readonly created_at: string
        readonly updated_at: string
      }[]
    }
  }
  /** Share a channel with a group */
  'POST /api/channels/{channel}/groups': {
    params: {
      readonly channel: string
    }
    body: {
      readonly group_id?: string
      readonly user_id?: string
      readonly permission: 'read' | 'write' | 'manage'
      /** Package names that may be written, as patterns such as acme-*; null or missing: all */
      readonly name_patterns?: readonly string[] | null
    }
    answer: null
  }
  /** Change how a channel is shared with a group */
  'PUT /api/channels/{channel}/groups/{subjectId}': {
    params: {
      readonly channel: string
      readonly subjectId: string
    }
    body: {
      readonly permission: 'read' | 'write' | 'manage'
      /** Package names that may be written, as patterns such as acme-*; null or missing: all */
      readonly name_patterns?: readonly string[] | null
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly group_id: string
        readonly name: string
        readonly description: string
        readonly permission: 'read' | 'write' | 'manage'
        readonly persistent: false
        readonly name_patterns: readonly string[] | null
        readonly created_at: string
        readonly updated_at: string
      }[]
    }
  }
  /** Share a channel no more with a group */
  'DELETE /api/channels/{channel}/groups/{subjectId}': {
    params: {
      readonly channel: string
      readonly subjectId: string
    }
    answer: null
  }
  /** Which users a channel is shared with */
  'GET /api/channels/{channel}/users': {
    params: {
      readonly channel: string
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly user_id: string
        readonly name: string
        readonly description: string
        readonly permission: 'read' | 'write' | 'manage'
        readonly persistent: false
        readonly name_patterns: readonly string[] | null
        readonly created_at: string
        readonly updated_at: string
      }[]
    }
  }
  /** Share a channel with a user */
  'POST /api/channels/{channel}/users': {
    params: {
      readonly channel: string
    }
    body: {
      readonly group_id?: string
      readonly user_id?: string
      readonly permission: 'read' | 'write' | 'manage'
      /** Package names that may be written, as patterns such as acme-*; null or missing: all */
      readonly name_patterns?: readonly string[] | null
    }
    answer: null
  }
  /** Change how a channel is shared with a user */
  'PUT /api/channels/{channel}/users/{subjectId}': {
    params: {
      readonly channel: string
      readonly subjectId: string
    }
    body: {
      readonly permission: 'read' | 'write' | 'manage'
      /** Package names that may be written, as patterns such as acme-*; null or missing: all */
      readonly name_patterns?: readonly string[] | null
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly user_id: string
        readonly name: string
        readonly description: string
        readonly permission: 'read' | 'write' | 'manage'
        readonly persistent: false
        readonly name_patterns: readonly string[] | null
        readonly created_at: string
        readonly updated_at: string
      }[]
    }
  }
  /** Share a channel no more with a user */
  'DELETE /api/channels/{channel}/users/{subjectId}': {
    params: {
      readonly channel: string
      readonly subjectId: string
    }
    answer: null
  }
  /** What I may do in a channel, as scopes */
  'GET /api/channels/{channel}/permissions': {
    params: {
      readonly channel: string
    }
    answer: {
      readonly scopes: readonly string[]
    }
  }
  /** Give a channel another owner */
  'PUT /api/channels/{channel}/owner': {
    params: {
      readonly channel: string
    }
    body: {
      readonly user_id: string
    }
    answer: null
  }
  /** Channels that are mine or shared with me */
  'GET /api/account/channels': {
    query?: {
      readonly offset?: number
      readonly limit?: number
      readonly permission?: 'read' | 'write' | 'manage'
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly id: string
        readonly name: string
        /** Of a subchannel: the channel it belongs to */
        readonly parent?: string
        /** What it is called in addresses: the name, or parent/name */
        readonly path: string
        readonly description: string
        readonly privacy: 'public' | 'authenticated' | 'private'
        /** virtual: it shows what other channels have */
        readonly channel_type: 'default' | 'virtual'
        /** Of a virtual channel: its members that you may see, in order; all for those who may edit it */
        readonly sources?: readonly {
          readonly name: string
          /** Of a subchannel: the channel it belongs to */
          readonly parent_name?: string
          /** It was added or closed as not public by somebody who may edit the channel, and is asked before others */
          readonly before_public: boolean
          /** closed: it is not shown any more, and its names wait for it */
          readonly lost: 'closed' | null
        }[]
        /** Of a virtual channel, for those who may edit it: members that were closed or deleted, and hold names */
        readonly lost_members?: readonly {
          readonly id: string
          /** What it is called, or was */
          readonly path: string
          readonly how: 'closed' | 'deleted'
          readonly lost_at: string
          /** Packages that it had then; those that came from it come from nowhere now */
          readonly names: number
        }[]
        /** frozen: what is served stays as it is, while new revisions are prepared */
        readonly indexing_behavior: 'default' | 'frozen'
        /** Number of the revision that is served */
        readonly revision: number
        /** Number of the newest revision; a frozen channel serves an older one until it is unfrozen */
        readonly newest_revision: number
        /** Days that a past revision is kept; null for what the configuration says */
        readonly keep_days: number | null
        /** The revision that repodata.json shows; it follows the shards by a moment */
        readonly rendered_revision: number
        /** Since when repodata.json lacks something that is served; null when it shows all */
        readonly rendered_behind_since: string | null
        /** Package names whose change is not in the index yet; 0 when clients see everything */
        readonly stale_names: number
        readonly created: string
        readonly updated: string
      }[]
    }
  }
  /** Channels that are shared with a group, of those I may see */
  'GET /api/groups/{groupId}/channels': {
    params: {
      readonly groupId: string
    }
    query?: {
      readonly offset?: number
      readonly limit?: number
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly id: string
        readonly name: string
        /** Of a subchannel: the channel it belongs to */
        readonly parent?: string
        /** What it is called in addresses: the name, or parent/name */
        readonly path: string
        readonly description: string
        readonly privacy: 'public' | 'authenticated' | 'private'
        /** virtual: it shows what other channels have */
        readonly channel_type: 'default' | 'virtual'
        /** Of a virtual channel: its members that you may see, in order; all for those who may edit it */
        readonly sources?: readonly {
          readonly name: string
          /** Of a subchannel: the channel it belongs to */
          readonly parent_name?: string
          /** It was added or closed as not public by somebody who may edit the channel, and is asked before others */
          readonly before_public: boolean
          /** closed: it is not shown any more, and its names wait for it */
          readonly lost: 'closed' | null
        }[]
        /** Of a virtual channel, for those who may edit it: members that were closed or deleted, and hold names */
        readonly lost_members?: readonly {
          readonly id: string
          /** What it is called, or was */
          readonly path: string
          readonly how: 'closed' | 'deleted'
          readonly lost_at: string
          /** Packages that it had then; those that came from it come from nowhere now */
          readonly names: number
        }[]
        /** frozen: what is served stays as it is, while new revisions are prepared */
        readonly indexing_behavior: 'default' | 'frozen'
        /** Number of the revision that is served */
        readonly revision: number
        /** Number of the newest revision; a frozen channel serves an older one until it is unfrozen */
        readonly newest_revision: number
        /** Days that a past revision is kept; null for what the configuration says */
        readonly keep_days: number | null
        /** The revision that repodata.json shows; it follows the shards by a moment */
        readonly rendered_revision: number
        /** Since when repodata.json lacks something that is served; null when it shows all */
        readonly rendered_behind_since: string | null
        /** Package names whose change is not in the index yet; 0 when clients see everything */
        readonly stale_names: number
        readonly created: string
        readonly updated: string
      }[]
    }
  }
  /** The server: release and health; errors name what somebody has to act on */
  'GET /api/system': {
    answer: {
      readonly status: string
      readonly service_name: 'repo'
      readonly version: string
      readonly product_version: string
      readonly errors: readonly string[]
    }
  }
  /** Figures of the server, as Prometheus reads them; OpenMetrics or JSON when asked for */
  'GET /metrics': {
    query?: {
      readonly 'name[]'?: string | readonly string[]
    }
    answer: null
  }
  /** Figures of the server, as Prometheus reads them; OpenMetrics or JSON when asked for */
  'GET /api/system/metrics': {
    query?: {
      readonly 'name[]'?: string | readonly string[]
    }
    answer: null
  }
  /** Channels I may see */
  'GET /api/channels': {
    query?: {
      readonly offset?: number
      readonly limit?: number
      readonly q?: string
      readonly include_subchannels?: string
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly id: string
        readonly name: string
        /** Of a subchannel: the channel it belongs to */
        readonly parent?: string
        /** What it is called in addresses: the name, or parent/name */
        readonly path: string
        readonly description: string
        readonly privacy: 'public' | 'authenticated' | 'private'
        /** virtual: it shows what other channels have */
        readonly channel_type: 'default' | 'virtual'
        /** Of a virtual channel: its members that you may see, in order; all for those who may edit it */
        readonly sources?: readonly {
          readonly name: string
          /** Of a subchannel: the channel it belongs to */
          readonly parent_name?: string
          /** It was added or closed as not public by somebody who may edit the channel, and is asked before others */
          readonly before_public: boolean
          /** closed: it is not shown any more, and its names wait for it */
          readonly lost: 'closed' | null
        }[]
        /** Of a virtual channel, for those who may edit it: members that were closed or deleted, and hold names */
        readonly lost_members?: readonly {
          readonly id: string
          /** What it is called, or was */
          readonly path: string
          readonly how: 'closed' | 'deleted'
          readonly lost_at: string
          /** Packages that it had then; those that came from it come from nowhere now */
          readonly names: number
        }[]
        /** frozen: what is served stays as it is, while new revisions are prepared */
        readonly indexing_behavior: 'default' | 'frozen'
        /** Number of the revision that is served */
        readonly revision: number
        /** Number of the newest revision; a frozen channel serves an older one until it is unfrozen */
        readonly newest_revision: number
        /** Days that a past revision is kept; null for what the configuration says */
        readonly keep_days: number | null
        /** The revision that repodata.json shows; it follows the shards by a moment */
        readonly rendered_revision: number
        /** Since when repodata.json lacks something that is served; null when it shows all */
        readonly rendered_behind_since: string | null
        /** Package names whose change is not in the index yet; 0 when clients see everything */
        readonly stale_names: number
        readonly created: string
        readonly updated: string
      }[]
    }
  }
  /** Make a channel */
  'POST /api/channels': {
    body: {
      readonly name: string
      readonly description?: string
      readonly privacy?: 'public' | 'authenticated' | 'private'
      readonly channel_type?: 'default' | 'virtual'
      /** Members of a virtual channel: of those that are equally open, the first that has a name */
      readonly sources?: readonly {
        readonly name: string
        /** Of a subchannel: the channel it belongs to */
        readonly parent_name?: string
      }[]
    }
    answer: {
      readonly id: string
      readonly name: string
      /** Of a subchannel: the channel it belongs to */
      readonly parent?: string
      /** What it is called in addresses: the name, or parent/name */
      readonly path: string
      readonly description: string
      readonly privacy: 'public' | 'authenticated' | 'private'
      /** virtual: it shows what other channels have */
      readonly channel_type: 'default' | 'virtual'
      /** Of a virtual channel: its members that you may see, in order; all for those who may edit it */
      readonly sources?: readonly {
        readonly name: string
        /** Of a subchannel: the channel it belongs to */
        readonly parent_name?: string
        /** It was added or closed as not public by somebody who may edit the channel, and is asked before others */
        readonly before_public: boolean
        /** closed: it is not shown any more, and its names wait for it */
        readonly lost: 'closed' | null
      }[]
      /** Of a virtual channel, for those who may edit it: members that were closed or deleted, and hold names */
      readonly lost_members?: readonly {
        readonly id: string
        /** What it is called, or was */
        readonly path: string
        readonly how: 'closed' | 'deleted'
        readonly lost_at: string
        /** Packages that it had then; those that came from it come from nowhere now */
        readonly names: number
      }[]
      /** frozen: what is served stays as it is, while new revisions are prepared */
      readonly indexing_behavior: 'default' | 'frozen'
      /** Number of the revision that is served */
      readonly revision: number
      /** Number of the newest revision; a frozen channel serves an older one until it is unfrozen */
      readonly newest_revision: number
      /** Days that a past revision is kept; null for what the configuration says */
      readonly keep_days: number | null
      /** The revision that repodata.json shows; it follows the shards by a moment */
      readonly rendered_revision: number
      /** Since when repodata.json lacks something that is served; null when it shows all */
      readonly rendered_behind_since: string | null
      /** Package names whose change is not in the index yet; 0 when clients see everything */
      readonly stale_names: number
      readonly created: string
      readonly updated: string
    }
  }
  /** Subchannels I may see. Everything of a channel is there for them too, below /subchannels/{name} */
  'GET /api/channels/{channel}/subchannels': {
    params: {
      readonly channel: string
    }
    query?: {
      readonly offset?: number
      readonly limit?: number
      readonly q?: string
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly id: string
        readonly name: string
        /** Of a subchannel: the channel it belongs to */
        readonly parent?: string
        /** What it is called in addresses: the name, or parent/name */
        readonly path: string
        readonly description: string
        readonly privacy: 'public' | 'authenticated' | 'private'
        /** virtual: it shows what other channels have */
        readonly channel_type: 'default' | 'virtual'
        /** Of a virtual channel: its members that you may see, in order; all for those who may edit it */
        readonly sources?: readonly {
          readonly name: string
          /** Of a subchannel: the channel it belongs to */
          readonly parent_name?: string
          /** It was added or closed as not public by somebody who may edit the channel, and is asked before others */
          readonly before_public: boolean
          /** closed: it is not shown any more, and its names wait for it */
          readonly lost: 'closed' | null
        }[]
        /** Of a virtual channel, for those who may edit it: members that were closed or deleted, and hold names */
        readonly lost_members?: readonly {
          readonly id: string
          /** What it is called, or was */
          readonly path: string
          readonly how: 'closed' | 'deleted'
          readonly lost_at: string
          /** Packages that it had then; those that came from it come from nowhere now */
          readonly names: number
        }[]
        /** frozen: what is served stays as it is, while new revisions are prepared */
        readonly indexing_behavior: 'default' | 'frozen'
        /** Number of the revision that is served */
        readonly revision: number
        /** Number of the newest revision; a frozen channel serves an older one until it is unfrozen */
        readonly newest_revision: number
        /** Days that a past revision is kept; null for what the configuration says */
        readonly keep_days: number | null
        /** The revision that repodata.json shows; it follows the shards by a moment */
        readonly rendered_revision: number
        /** Since when repodata.json lacks something that is served; null when it shows all */
        readonly rendered_behind_since: string | null
        /** Package names whose change is not in the index yet; 0 when clients see everything */
        readonly stale_names: number
        readonly created: string
        readonly updated: string
      }[]
    }
  }
  /** Make a subchannel */
  'POST /api/channels/{channel}/subchannels': {
    params: {
      readonly channel: string
    }
    body: {
      readonly name: string
      readonly description?: string
      readonly privacy?: 'public' | 'authenticated' | 'private'
      readonly channel_type?: 'default' | 'virtual'
      /** Members of a virtual channel: of those that are equally open, the first that has a name */
      readonly sources?: readonly {
        readonly name: string
        /** Of a subchannel: the channel it belongs to */
        readonly parent_name?: string
      }[]
    }
    answer: {
      readonly id: string
      readonly name: string
      /** Of a subchannel: the channel it belongs to */
      readonly parent?: string
      /** What it is called in addresses: the name, or parent/name */
      readonly path: string
      readonly description: string
      readonly privacy: 'public' | 'authenticated' | 'private'
      /** virtual: it shows what other channels have */
      readonly channel_type: 'default' | 'virtual'
      /** Of a virtual channel: its members that you may see, in order; all for those who may edit it */
      readonly sources?: readonly {
        readonly name: string
        /** Of a subchannel: the channel it belongs to */
        readonly parent_name?: string
        /** It was added or closed as not public by somebody who may edit the channel, and is asked before others */
        readonly before_public: boolean
        /** closed: it is not shown any more, and its names wait for it */
        readonly lost: 'closed' | null
      }[]
      /** Of a virtual channel, for those who may edit it: members that were closed or deleted, and hold names */
      readonly lost_members?: readonly {
        readonly id: string
        /** What it is called, or was */
        readonly path: string
        readonly how: 'closed' | 'deleted'
        readonly lost_at: string
        /** Packages that it had then; those that came from it come from nowhere now */
        readonly names: number
      }[]
      /** frozen: what is served stays as it is, while new revisions are prepared */
      readonly indexing_behavior: 'default' | 'frozen'
      /** Number of the revision that is served */
      readonly revision: number
      /** Number of the newest revision; a frozen channel serves an older one until it is unfrozen */
      readonly newest_revision: number
      /** Days that a past revision is kept; null for what the configuration says */
      readonly keep_days: number | null
      /** The revision that repodata.json shows; it follows the shards by a moment */
      readonly rendered_revision: number
      /** Since when repodata.json lacks something that is served; null when it shows all */
      readonly rendered_behind_since: string | null
      /** Package names whose change is not in the index yet; 0 when clients see everything */
      readonly stale_names: number
      readonly created: string
      readonly updated: string
    }
  }
  /** One channel */
  'GET /api/channels/{channel}': {
    params: {
      readonly channel: string
    }
    answer: {
      readonly id: string
      readonly name: string
      /** Of a subchannel: the channel it belongs to */
      readonly parent?: string
      /** What it is called in addresses: the name, or parent/name */
      readonly path: string
      readonly description: string
      readonly privacy: 'public' | 'authenticated' | 'private'
      /** virtual: it shows what other channels have */
      readonly channel_type: 'default' | 'virtual'
      /** Of a virtual channel: its members that you may see, in order; all for those who may edit it */
      readonly sources?: readonly {
        readonly name: string
        /** Of a subchannel: the channel it belongs to */
        readonly parent_name?: string
        /** It was added or closed as not public by somebody who may edit the channel, and is asked before others */
        readonly before_public: boolean
        /** closed: it is not shown any more, and its names wait for it */
        readonly lost: 'closed' | null
      }[]
      /** Of a virtual channel, for those who may edit it: members that were closed or deleted, and hold names */
      readonly lost_members?: readonly {
        readonly id: string
        /** What it is called, or was */
        readonly path: string
        readonly how: 'closed' | 'deleted'
        readonly lost_at: string
        /** Packages that it had then; those that came from it come from nowhere now */
        readonly names: number
      }[]
      /** frozen: what is served stays as it is, while new revisions are prepared */
      readonly indexing_behavior: 'default' | 'frozen'
      /** Number of the revision that is served */
      readonly revision: number
      /** Number of the newest revision; a frozen channel serves an older one until it is unfrozen */
      readonly newest_revision: number
      /** Days that a past revision is kept; null for what the configuration says */
      readonly keep_days: number | null
      /** The revision that repodata.json shows; it follows the shards by a moment */
      readonly rendered_revision: number
      /** Since when repodata.json lacks something that is served; null when it shows all */
      readonly rendered_behind_since: string | null
      /** Package names whose change is not in the index yet; 0 when clients see everything */
      readonly stale_names: number
      readonly created: string
      readonly updated: string
    }
  }
  /** Describe a channel anew, change who may read it, freeze or unfreeze it, keep its past longer */
  'PUT /api/channels/{channel}': {
    params: {
      readonly channel: string
    }
    body: {
      readonly description?: string
      readonly privacy?: 'public' | 'authenticated' | 'private'
      /** default unfreezes: what was prepared meanwhile appears in one step */
      readonly indexing_behavior?: 'default' | 'frozen'
      readonly keep_days?: number | null
      /** Members of a virtual channel: of those that are equally open, the first that has a name */
      readonly sources?: readonly {
        readonly name: string
        /** Of a subchannel: the channel it belongs to */
        readonly parent_name?: string
      }[]
    }
    answer: {
      readonly id: string
      readonly name: string
      /** Of a subchannel: the channel it belongs to */
      readonly parent?: string
      /** What it is called in addresses: the name, or parent/name */
      readonly path: string
      readonly description: string
      readonly privacy: 'public' | 'authenticated' | 'private'
      /** virtual: it shows what other channels have */
      readonly channel_type: 'default' | 'virtual'
      /** Of a virtual channel: its members that you may see, in order; all for those who may edit it */
      readonly sources?: readonly {
        readonly name: string
        /** Of a subchannel: the channel it belongs to */
        readonly parent_name?: string
        /** It was added or closed as not public by somebody who may edit the channel, and is asked before others */
        readonly before_public: boolean
        /** closed: it is not shown any more, and its names wait for it */
        readonly lost: 'closed' | null
      }[]
      /** Of a virtual channel, for those who may edit it: members that were closed or deleted, and hold names */
      readonly lost_members?: readonly {
        readonly id: string
        /** What it is called, or was */
        readonly path: string
        readonly how: 'closed' | 'deleted'
        readonly lost_at: string
        /** Packages that it had then; those that came from it come from nowhere now */
        readonly names: number
      }[]
      /** frozen: what is served stays as it is, while new revisions are prepared */
      readonly indexing_behavior: 'default' | 'frozen'
      /** Number of the revision that is served */
      readonly revision: number
      /** Number of the newest revision; a frozen channel serves an older one until it is unfrozen */
      readonly newest_revision: number
      /** Days that a past revision is kept; null for what the configuration says */
      readonly keep_days: number | null
      /** The revision that repodata.json shows; it follows the shards by a moment */
      readonly rendered_revision: number
      /** Since when repodata.json lacks something that is served; null when it shows all */
      readonly rendered_behind_since: string | null
      /** Package names whose change is not in the index yet; 0 when clients see everything */
      readonly stale_names: number
      readonly created: string
      readonly updated: string
    }
  }
  /** Drop a channel with all it names */
  'DELETE /api/channels/{channel}': {
    params: {
      readonly channel: string
    }
    query?: {
      readonly subchannels?: string
    }
    answer: null
  }
  /** Notices that clients show to whoever uses the channel, expired ones too */
  'GET /api/channels/{channel}/notices': {
    params: {
      readonly channel: string
    }
    query?: {
      readonly offset?: number
      readonly limit?: number
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        /** Clients show a notice once for each id */
        readonly id: string
        readonly message: string
        readonly level: 'info' | 'warning' | 'critical'
        readonly created_at: string
        readonly expires_at: string
      }[]
    }
  }
  /** Tell everybody who uses the channel something */
  'POST /api/channels/{channel}/notices': {
    params: {
      readonly channel: string
    }
    body: {
      readonly message: string
      readonly level?: 'info' | 'warning' | 'critical'
      readonly expires_at: string
    }
    answer: {
      /** Clients show a notice once for each id */
      readonly id: string
      readonly message: string
      readonly level: 'info' | 'warning' | 'critical'
      readonly created_at: string
      readonly expires_at: string
    }
  }
  /** Take a notice back */
  'DELETE /api/channels/{channel}/notices/{notice}': {
    params: {
      readonly channel: string
      readonly notice: string
    }
    answer: null
  }
  /** Virtual channels that have a channel as a member: those you may see, and for whoever sees its shares all that may show it while it is not public */
  'GET /api/channels/{channel}/virtual-channels': {
    params: {
      readonly channel: string
    }
    query?: {
      readonly offset?: number
      readonly limit?: number
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        /** The virtual channel */
        readonly path: string
        readonly privacy: 'public' | 'authenticated' | 'private'
        /** Its readers get what the channel has */
        readonly shown: boolean
        /** Also while the channel is not public */
        readonly allowed: boolean
      }[]
    }
  }
  /** Let a virtual channel show a channel also while that is not public */
  'PUT /api/channels/{channel}/virtual-channels/{virtual}': {
    params: {
      readonly channel: string
      readonly virtual: string
    }
    answer: null
  }
  /** Take that back: it shows the channel only while that is public */
  'DELETE /api/channels/{channel}/virtual-channels/{virtual}': {
    params: {
      readonly channel: string
      readonly virtual: string
    }
    answer: null
  }
  /** Take a lost member out of a virtual channel: its packages come from the next that has them */
  'DELETE /api/channels/{channel}/lost-members/{member}': {
    params: {
      readonly channel: string
      readonly member: string
    }
    answer: null
  }
  /** Which member of a virtual channel each package comes from */
  'GET /api/channels/{channel}/owners': {
    params: {
      readonly channel: string
    }
    query?: {
      readonly offset?: number
      readonly limit?: number
      readonly q?: string
      readonly lost?: string
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly name: string
        /** The channel that the package comes from, alone; null for one you may not see */
        readonly member: string | null
        /** What became of that member: the package comes from nowhere until it is back, or is dismissed */
        readonly lost: 'closed' | 'deleted' | null
        /** A pin says so, whatever the order of the members */
        readonly pinned: boolean
        /** That pin: the name, or a pattern that matches it */
        readonly pin: string | null
        /** Files of that member that clients know under the same name with other bytes, and do not get */
        readonly left_out: readonly string[]
      }[]
    }
  }
  /** Names and patterns of names that come from one member of a virtual channel, whatever the order */
  'GET /api/channels/{channel}/pins': {
    params: {
      readonly channel: string
    }
    query?: {
      readonly offset?: number
      readonly limit?: number
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly name: string
        readonly member: string | null
      }[]
    }
  }
  /** Take a package, or all that a pattern matches, from one member of a virtual channel */
  'PUT /api/channels/{channel}/pins/{name}': {
    params: {
      readonly channel: string
      readonly name: string
    }
    body: {
      /** The path of the channel */
      readonly member: string
    }
    answer: null
  }
  /** Let the order of the members decide again */
  'DELETE /api/channels/{channel}/pins/{name}': {
    params: {
      readonly channel: string
      readonly name: string
    }
    answer: null
  }
  /** Packages of a channel, one row a name */
  'GET /api/channels/{channel}/artifacts': {
    params: {
      readonly channel: string
    }
    query?: {
      readonly offset?: number
      readonly limit?: number
      readonly q?: string
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly name: string
        readonly family: 'conda'
        readonly channel: string
        readonly file_count: number
        /** Files the policies keep from clients */
        readonly blocked_count: number
        readonly metadata: {
          /** The newest */
          readonly version: string
          readonly subdirs: readonly string[]
          readonly install_cmd: string
        }
      }[]
    }
  }
  /** Upload a package: multipart with filetype, optional size, sha256, subdir, attestation, and the file as content */
  'POST /api/channels/{channel}/artifacts': {
    params: {
      readonly channel: string
    }
    answer: {
      readonly channel: string
      /** Path of the file in the channel */
      readonly ckey: string
      readonly family: 'conda'
      readonly name: string
      readonly size: number
      readonly url: string
      readonly metadata: {
        readonly version: string
        readonly build: string
        readonly build_number: number
        readonly subdir: string
        readonly filename: string
        readonly license: string | null
        readonly sha256: string
        /** What proved the bytes: the sha256 of the upstream, its weaker md5, or the upload itself; `announced` while they are still with the upstream of a passive mirror */
        readonly verified_by: 'sha256' | 'md5' | 'upload' | 'announced'
      }
      /** What the policies said at the last publish; `pending` before the first */
      readonly effect: 'allow' | 'warn' | 'hide' | 'hold' | 'deny' | 'pending'
      readonly reasons: readonly {
        readonly policy: string
        readonly rule: string
        readonly effect: string
        readonly text: string
      }[]
      /** Only of a file whose bytes a check of the storage found damaged */
      readonly damage?: {
        /** What is wrong with the bytes */
        readonly found: string
        readonly found_at: string
        /** `aside`: it has to be uploaded again; `awaited`: it comes again from its mirror */
        readonly state: 'found' | 'aside' | 'awaited'
        /** What was done */
        readonly action: string | null
        readonly acted_at: string | null
        readonly way_out: string
      }
      readonly created_at: string
      readonly updated_at: string
    }
  }
  /** Files of a package, with what the policies say of each */
  'GET /api/channels/{channel}/artifacts/conda/{name}/files': {
    params: {
      readonly channel: string
      readonly name: string
    }
    query?: {
      readonly offset?: number
      readonly limit?: number
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly channel: string
        /** Path of the file in the channel */
        readonly ckey: string
        readonly family: 'conda'
        readonly name: string
        readonly size: number
        readonly url: string
        readonly metadata: {
          readonly version: string
          readonly build: string
          readonly build_number: number
          readonly subdir: string
          readonly filename: string
          readonly license: string | null
          readonly sha256: string
          /** What proved the bytes: the sha256 of the upstream, its weaker md5, or the upload itself; `announced` while they are still with the upstream of a passive mirror */
          readonly verified_by: 'sha256' | 'md5' | 'upload' | 'announced'
        }
        /** What the policies said at the last publish; `pending` before the first */
        readonly effect: 'allow' | 'warn' | 'hide' | 'hold' | 'deny' | 'pending'
        readonly reasons: readonly {
          readonly policy: string
          readonly rule: string
          readonly effect: string
          readonly text: string
        }[]
        /** Only of a file whose bytes a check of the storage found damaged */
        readonly damage?: {
          /** What is wrong with the bytes */
          readonly found: string
          readonly found_at: string
          /** `aside`: it has to be uploaded again; `awaited`: it comes again from its mirror */
          readonly state: 'found' | 'aside' | 'awaited'
          /** What was done */
          readonly action: string | null
          readonly acted_at: string | null
          readonly way_out: string
        }
        readonly created_at: string
        readonly updated_at: string
      }[]
    }
  }
  /** Files of a channel; with blocked=true those that clients cannot have, and why */
  'GET /api/channels/{channel}/files': {
    params: {
      readonly channel: string
    }
    query?: {
      readonly offset?: number
      readonly limit?: number
      readonly blocked?: string
      readonly subdir?: string
      readonly q?: string
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly channel: string
        /** Path of the file in the channel */
        readonly ckey: string
        readonly family: 'conda'
        readonly name: string
        readonly size: number
        readonly url: string
        readonly metadata: {
          readonly version: string
          readonly build: string
          readonly build_number: number
          readonly subdir: string
          readonly filename: string
          readonly license: string | null
          readonly sha256: string
          /** What proved the bytes: the sha256 of the upstream, its weaker md5, or the upload itself; `announced` while they are still with the upstream of a passive mirror */
          readonly verified_by: 'sha256' | 'md5' | 'upload' | 'announced'
        }
        /** What the policies said at the last publish; `pending` before the first */
        readonly effect: 'allow' | 'warn' | 'hide' | 'hold' | 'deny' | 'pending'
        readonly reasons: readonly {
          readonly policy: string
          readonly rule: string
          readonly effect: string
          readonly text: string
        }[]
        /** Only of a file whose bytes a check of the storage found damaged */
        readonly damage?: {
          /** What is wrong with the bytes */
          readonly found: string
          readonly found_at: string
          /** `aside`: it has to be uploaded again; `awaited`: it comes again from its mirror */
          readonly state: 'found' | 'aside' | 'awaited'
          /** What was done */
          readonly action: string | null
          readonly acted_at: string | null
          readonly way_out: string
        }
        readonly created_at: string
        readonly updated_at: string
      }[]
    }
  }
  /** All policies */
  'GET /api/policies': {
    query?: {
      readonly offset?: number
      readonly limit?: number
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly id: string
        readonly name: string
        readonly version: number
        /** YAML or JSON as its author wrote it */
        readonly document: string
        readonly created_at: string
        readonly updated_at: string
        /** It is the filters of a mirror, and changed there; `…/assignments` says which */
        readonly mirror_owned?: boolean
      }[]
    }
  }
  /** Write a policy; the name stands in the document, and a known name gets a new version */
  'POST /api/policies': {
    body: {
      /** YAML or JSON after /api/policy.schema.json */
      readonly document: string
      /** Named in the message when it is wrong */
      readonly filename?: string
      /** Why, for the record */
      readonly reason?: string
      /** Needed for a baseline that would let more through than before, with a reason */
      readonly loosen?: boolean
    }
    answer: {
      readonly id: string
      readonly name: string
      readonly version: number
      /** YAML or JSON as its author wrote it */
      readonly document: string
      readonly created_at: string
      readonly updated_at: string
      /** It is the filters of a mirror, and changed there; `…/assignments` says which */
      readonly mirror_owned?: boolean
    }
  }
  /** A filter object of Package Security Manager as a policy, to be previewed and written; it is not kept */
  'POST /api/policies/from-filters': {
    body: {
      /** Of the policy */
      readonly name: string
      readonly filters: {
        readonly subdirs?: readonly string[]
        readonly only_specs?: readonly string[]
        readonly exclude_specs?: readonly string[]
        readonly include_specs?: readonly string[]
        readonly include_licenses?: readonly ('agpl' | 'gpl2' | 'gpl3' | 'lgpl' | 'bsd' | 'mit' | 'apache' | 'psf' | 'public_domain' | 'proprietary' | 'other' | 'none')[]
        readonly exclude_licenses?: readonly ('agpl' | 'gpl2' | 'gpl3' | 'lgpl' | 'bsd' | 'mit' | 'apache' | 'psf' | 'public_domain' | 'proprietary' | 'other' | 'none')[]
        readonly include_dependencies?: boolean
        readonly cve_score_threshold?: number
        readonly cve_score_exceptions?: readonly string[]
        readonly exclude_non_curated_cve?: boolean
        readonly exclude_cve_statuses?: readonly ('reported' | 'active' | 'mitigated' | 'cleared' | 'disputed' | 'unknown')[]
        readonly dedupe_conda_legacy?: boolean
        readonly date_from?: string
        readonly date_to?: string
        readonly only_signed?: boolean
        readonly projects?: readonly string[]
        readonly packages?: readonly string[]
      }
    }
    answer: {
      /** The policy, as JSON */
      readonly document: string
      /** Where it is not word for word what the filters said */
      readonly notes: readonly string[]
    }
  }
  /** One policy */
  'GET /api/policies/{name}': {
    params: {
      readonly name: string
    }
    answer: {
      readonly id: string
      readonly name: string
      readonly version: number
      /** YAML or JSON as its author wrote it */
      readonly document: string
      readonly created_at: string
      readonly updated_at: string
      /** It is the filters of a mirror, and changed there; `…/assignments` says which */
      readonly mirror_owned?: boolean
    }
  }
  /** Drop a policy that no channel uses */
  'DELETE /api/policies/{name}': {
    params: {
      readonly name: string
    }
    answer: null
  }
  /** Every text a policy ever had, newest first; also of one that was deleted */
  'GET /api/policies/{name}/versions': {
    params: {
      readonly name: string
    }
    query?: {
      readonly offset?: number
      readonly limit?: number
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly version: number
        readonly document: string
        readonly actor_id?: string
        readonly reason?: string
        readonly created_at: string
      }[]
    }
  }
  /** Where a policy holds */
  'GET /api/policies/{name}/assignments': {
    params: {
      readonly name: string
    }
    query?: {
      readonly offset?: number
      readonly limit?: number
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly scope: 'organisation' | 'channel' | 'mirror'
        readonly channel?: string
        readonly mirror_id?: string
        readonly mode: 'enforce' | 'audit'
      }[]
    }
  }
  /** Policies a channel is under: the organisation's, its own, those of its mirrors, and of the channel it is a subchannel of */
  'GET /api/channels/{channel}/policies': {
    params: {
      readonly channel: string
    }
    query?: {
      readonly offset?: number
      readonly limit?: number
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly id: string
        readonly name: string
        readonly version: number
        /** YAML or JSON as its author wrote it */
        readonly document: string
        readonly created_at: string
        readonly updated_at: string
        /** It is the filters of a mirror, and changed there; `…/assignments` says which */
        readonly mirror_owned?: boolean
        /** organisation: the baseline, which channels can only tighten */
        readonly scope: 'organisation' | 'channel' | 'mirror'
        /** Assigned to the channel that this subchannel belongs to, and held by it */
        readonly inherited?: boolean
        readonly mirror_id?: string
        /** audit: it decides nothing and only writes down what it would have done */
        readonly mode: 'enforce' | 'audit'
      }[]
    }
  }
  /** Whether the index keeps what is blocked, in a form no solver takes, to say why */
  'GET /api/channels/{channel}/explaining': {
    params: {
      readonly channel: string
    }
    answer: {
      readonly enabled: boolean
    }
  }
  /** Let the index say why builds are blocked, or let it keep silent about them */
  'PUT /api/channels/{channel}/explaining': {
    params: {
      readonly channel: string
    }
    body: {
      readonly enabled: boolean
    }
    answer: null
  }
  /** Put every channel under a policy, which then can only be tightened */
  'PUT /api/policies/{name}/baseline': {
    params: {
      readonly name: string
    }
    body: {
      readonly mode?: 'enforce' | 'audit'
      /** Why, for the record */
      readonly reason?: string
    } | null
    answer: null
  }
  /** Take it back; what the policy blocked comes back at once */
  'DELETE /api/policies/{name}/baseline': {
    params: {
      readonly name: string
    }
    answer: null
  }
  /** Put a channel under a policy; it acts at once */
  'PUT /api/channels/{channel}/policies/{name}': {
    params: {
      readonly channel: string
      readonly name: string
    }
    body: {
      readonly mode?: 'enforce' | 'audit'
      /** Why, for the record */
      readonly reason?: string
    } | null
    answer: null
  }
  /** Take it back; what the policy blocked comes back at once */
  'DELETE /api/channels/{channel}/policies/{name}': {
    params: {
      readonly channel: string
      readonly name: string
    }
    answer: null
  }
  /** Put what comes by a mirror under a policy; it acts at once */
  'PUT /api/channels/{channel}/mirrors/{mirror}/policies/{name}': {
    params: {
      readonly channel: string
      readonly name: string
      readonly mirror: string
    }
    body: {
      readonly mode?: 'enforce' | 'audit'
      /** Why, for the record */
      readonly reason?: string
    } | null
    answer: null
  }
  /** Take it back; what the policy blocked comes back at once */
  'DELETE /api/channels/{channel}/mirrors/{mirror}/policies/{name}': {
    params: {
      readonly channel: string
      readonly name: string
      readonly mirror: string
    }
    answer: null
  }
  /** What was stated of a file and signed (CEP 27), and whether a trusted key did; ten at the most */
  'GET /api/channels/{channel}/attestations/{subdir}/{filename}': {
    params: {
      readonly channel: string
      readonly subdir: string
      readonly filename: string
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly id: string
        /** Of the bytes that it is about */
        readonly sha256: string
        /** Of the keys that signed it */
        readonly key_ids: readonly string[]
        /** Labels of those that are trusted at this moment */
        readonly trusted_keys: readonly string[]
        readonly created_at: string
        /** As it came, for who verifies it again */
        readonly bundle: Readonly<Record<string, unknown>>
      }[]
    }
  }
  /** Add an attestation of a file that is there: a Sigstore bundle (CEP 27) that a trusted key signed */
  'POST /api/channels/{channel}/attestations/{subdir}/{filename}': {
    params: {
      readonly channel: string
      readonly subdir: string
      readonly filename: string
    }
    body: Readonly<Record<string, unknown>>
    answer: null
  }
  /** The keys whose signatures count */
  'GET /api/trusted-keys': {
    query?: {
      readonly offset?: number
      readonly limit?: number
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly id: string
        readonly label: string
        readonly kind: 'ed25519' | 'ecdsa-p256'
        /** What signatures name it by: of ed25519 the key itself, else the sha256 of its DER; hex */
        readonly key_id: string
        /** PEM */
        readonly public_key: string
        /** Where its word counts; null: in all channels */
        readonly channel: string | null
        readonly created_at: string
      }[]
    }
  }
  /** Trust a key: what it has signed is signed from now on, in one channel or in all */
  'POST /api/trusted-keys': {
    body: {
      /** What people call it; explanations name it */
      readonly label: string
      /** 64 hex digits (ed25519), or a PEM of an ed25519 or ECDSA P-256 key */
      readonly public_key: string
      /** Where its word counts; all channels without */
      readonly channel?: string | null
    }
    answer: {
      readonly id: string
      readonly label: string
      readonly kind: 'ed25519' | 'ecdsa-p256'
      /** What signatures name it by: of ed25519 the key itself, else the sha256 of its DER; hex */
      readonly key_id: string
      /** PEM */
      readonly public_key: string
      /** Where its word counts; null: in all channels */
      readonly channel: string | null
      readonly created_at: string
    }
  }
  /** Trust the keys that sign packages after a root of conda content trust; it is read once and not followed */
  'POST /api/trusted-keys/from-root': {
    body: {
      /** Of the key; several are numbered */
      readonly label: string
      /** Content of N.root.json */
      readonly root: string
      /** Content of key_mgr.json */
      readonly key_mgr: string
      /** Where their word counts; all channels without */
      readonly channel?: string | null
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly id: string
        readonly label: string
        readonly kind: 'ed25519' | 'ecdsa-p256'
        /** What signatures name it by: of ed25519 the key itself, else the sha256 of its DER; hex */
        readonly key_id: string
        /** PEM */
        readonly public_key: string
        /** Where its word counts; null: in all channels */
        readonly channel: string | null
        readonly created_at: string
      }[]
    }
  }
  /** Trust a key no more, by id or label: what it has signed counts as unsigned from now on */
  'DELETE /api/trusted-keys/{key}': {
    params: {
      readonly key: string
    }
    query?: {
      readonly reason?: string
    }
    answer: null
  }
  /** Mirrors of a channel */
  'GET /api/channels/{channel}/mirrors': {
    params: {
      readonly channel: string
    }
    query?: {
      readonly offset?: number
      readonly limit?: number
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly mirror_id: string
        readonly mirror_name: string
        readonly source_root: string
        readonly mirror_type: 'conda'
        /** `active` brings the bytes in its run, `passive` each when somebody asks for it */
        readonly mirror_mode: 'active' | 'passive'
        readonly filters: {
          /** Empty or left out: all. Without noarch: of it what the packages of these need */
          readonly subdirs?: readonly string[]
          readonly only_specs?: readonly string[]
          readonly exclude_specs?: readonly string[]
          readonly include_specs?: readonly string[]
          readonly include_licenses?: readonly ('agpl' | 'gpl2' | 'gpl3' | 'lgpl' | 'bsd' | 'mit' | 'apache' | 'psf' | 'public_domain' | 'proprietary' | 'other' | 'none')[]
          readonly exclude_licenses?: readonly ('agpl' | 'gpl2' | 'gpl3' | 'lgpl' | 'bsd' | 'mit' | 'apache' | 'psf' | 'public_domain' | 'proprietary' | 'other' | 'none')[]
          /** Beside only_specs: also all that those depend on, directly or through others */
          readonly include_dependencies?: boolean
          readonly cve_score_threshold?: number
          readonly cve_score_exceptions?: readonly string[]
          readonly exclude_non_curated_cve?: boolean
          readonly exclude_cve_statuses?: readonly ('reported' | 'active' | 'mitigated' | 'cleared' | 'disputed' | 'unknown')[]
          readonly dedupe_conda_legacy?: boolean
          readonly date_from?: string
          readonly date_to?: string
          readonly only_signed?: boolean
          readonly projects?: readonly string[]
          readonly packages?: readonly string[]
        }
        /** The policy that applies the filters for licences, CVEs, dates and signatures; null without such */
        readonly filter_policy: string | null
        /** Where that policy is not word for word what the filters say */
        readonly filter_notes: readonly string[]
        readonly cron: string | null
        readonly state: 'pending' | 'running' | 'completed' | 'failed' | 'stopped'
        readonly cause: string | null
        readonly job_id: string | null
        readonly progress: {
          readonly step: string
          readonly files_done: number
          readonly files_total: number
          readonly bytes_done: number
          readonly bytes_total: number
          readonly bytes_per_second: number
          readonly seconds_remaining: number | null
          readonly rejected: number
          readonly current_file: string | null
        } | null
        readonly result: {
          readonly added: number
          readonly renewed: number
          readonly removed: number
          readonly unchanged: number
          readonly rejected: number
          readonly filtered: number
          readonly bytes: number
        } | null
        readonly last_run_at: string | null
        readonly next_run_at: string | null
        readonly created_at: string
        readonly updated_at: string
      }[]
    }
  }
  /** Make a mirror, and run it when run_now is set */
  'POST /api/channels/{channel}/mirrors': {
    params: {
      readonly channel: string
    }
    body: {
      readonly mirror_name: string
      readonly source_root: string
      readonly mirror_type?: 'conda'
      /** `active` brings the bytes in its run, `passive` each when somebody asks for it */
      readonly mirror_mode?: 'active' | 'passive'
      readonly filters?: {
        /** Empty or left out: all. Without noarch: of it what the packages of these need */
        readonly subdirs?: readonly string[]
        readonly only_specs?: readonly string[]
        readonly exclude_specs?: readonly string[]
        readonly include_specs?: readonly string[]
        readonly include_licenses?: readonly ('agpl' | 'gpl2' | 'gpl3' | 'lgpl' | 'bsd' | 'mit' | 'apache' | 'psf' | 'public_domain' | 'proprietary' | 'other' | 'none')[]
        readonly exclude_licenses?: readonly ('agpl' | 'gpl2' | 'gpl3' | 'lgpl' | 'bsd' | 'mit' | 'apache' | 'psf' | 'public_domain' | 'proprietary' | 'other' | 'none')[]
        /** Beside only_specs: also all that those depend on, directly or through others */
        readonly include_dependencies?: boolean
        readonly cve_score_threshold?: number
        readonly cve_score_exceptions?: readonly string[]
        readonly exclude_non_curated_cve?: boolean
        readonly exclude_cve_statuses?: readonly ('reported' | 'active' | 'mitigated' | 'cleared' | 'disputed' | 'unknown')[]
        readonly dedupe_conda_legacy?: boolean
        readonly date_from?: string
        readonly date_to?: string
        readonly only_signed?: boolean
        readonly projects?: readonly string[]
        readonly packages?: readonly string[]
      }
      /** When it runs by itself: five fields of cron, in UTC; null or empty for never */
      readonly cron?: string | null
      readonly run_now?: boolean
    }
    answer: {
      readonly mirror_id: string
      readonly mirror_name: string
      readonly source_root: string
      readonly mirror_type: 'conda'
      /** `active` brings the bytes in its run, `passive` each when somebody asks for it */
      readonly mirror_mode: 'active' | 'passive'
      readonly filters: {
        /** Empty or left out: all. Without noarch: of it what the packages of these need */
        readonly subdirs?: readonly string[]
        readonly only_specs?: readonly string[]
        readonly exclude_specs?: readonly string[]
        readonly include_specs?: readonly string[]
        readonly include_licenses?: readonly ('agpl' | 'gpl2' | 'gpl3' | 'lgpl' | 'bsd' | 'mit' | 'apache' | 'psf' | 'public_domain' | 'proprietary' | 'other' | 'none')[]
        readonly exclude_licenses?: readonly ('agpl' | 'gpl2' | 'gpl3' | 'lgpl' | 'bsd' | 'mit' | 'apache' | 'psf' | 'public_domain' | 'proprietary' | 'other' | 'none')[]
        /** Beside only_specs: also all that those depend on, directly or through others */
        readonly include_dependencies?: boolean
        readonly cve_score_threshold?: number
        readonly cve_score_exceptions?: readonly string[]
        readonly exclude_non_curated_cve?: boolean
        readonly exclude_cve_statuses?: readonly ('reported' | 'active' | 'mitigated' | 'cleared' | 'disputed' | 'unknown')[]
        readonly dedupe_conda_legacy?: boolean
        readonly date_from?: string
        readonly date_to?: string
        readonly only_signed?: boolean
        readonly projects?: readonly string[]
        readonly packages?: readonly string[]
      }
      /** The policy that applies the filters for licences, CVEs, dates and signatures; null without such */
      readonly filter_policy: string | null
      /** Where that policy is not word for word what the filters say */
      readonly filter_notes: readonly string[]
      readonly cron: string | null
      readonly state: 'pending' | 'running' | 'completed' | 'failed' | 'stopped'
      readonly cause: string | null
      readonly job_id: string | null
      readonly progress: {
        readonly step: string
        readonly files_done: number
        readonly files_total: number
        readonly bytes_done: number
        readonly bytes_total: number
        readonly bytes_per_second: number
        readonly seconds_remaining: number | null
        readonly rejected: number
        readonly current_file: string | null
      } | null
      readonly result: {
        readonly added: number
        readonly renewed: number
        readonly removed: number
        readonly unchanged: number
        readonly rejected: number
        readonly filtered: number
        readonly bytes: number
      } | null
      readonly last_run_at: string | null
      readonly next_run_at: string | null
      readonly created_at: string
      readonly updated_at: string
    }
  }
  /** One mirror, with how far its run is */
  'GET /api/channels/{channel}/mirrors/{mirrorId}': {
    params: {
      readonly channel: string
      readonly mirrorId: string
    }
    answer: {
      readonly mirror_id: string
      readonly mirror_name: string
      readonly source_root: string
      readonly mirror_type: 'conda'
      /** `active` brings the bytes in its run, `passive` each when somebody asks for it */
      readonly mirror_mode: 'active' | 'passive'
      readonly filters: {
        /** Empty or left out: all. Without noarch: of it what the packages of these need */
        readonly subdirs?: readonly string[]
        readonly only_specs?: readonly string[]
        readonly exclude_specs?: readonly string[]
        readonly include_specs?: readonly string[]
        readonly include_licenses?: readonly ('agpl' | 'gpl2' | 'gpl3' | 'lgpl' | 'bsd' | 'mit' | 'apache' | 'psf' | 'public_domain' | 'proprietary' | 'other' | 'none')[]
        readonly exclude_licenses?: readonly ('agpl' | 'gpl2' | 'gpl3' | 'lgpl' | 'bsd' | 'mit' | 'apache' | 'psf' | 'public_domain' | 'proprietary' | 'other' | 'none')[]
        /** Beside only_specs: also all that those depend on, directly or through others */
        readonly include_dependencies?: boolean
        readonly cve_score_threshold?: number
        readonly cve_score_exceptions?: readonly string[]
        readonly exclude_non_curated_cve?: boolean
        readonly exclude_cve_statuses?: readonly ('reported' | 'active' | 'mitigated' | 'cleared' | 'disputed' | 'unknown')[]
        readonly dedupe_conda_legacy?: boolean
        readonly date_from?: string
        readonly date_to?: string
        readonly only_signed?: boolean
        readonly projects?: readonly string[]
        readonly packages?: readonly string[]
      }
      /** The policy that applies the filters for licences, CVEs, dates and signatures; null without such */
      readonly filter_policy: string | null
      /** Where that policy is not word for word what the filters say */
      readonly filter_notes: readonly string[]
      readonly cron: string | null
      readonly state: 'pending' | 'running' | 'completed' | 'failed' | 'stopped'
      readonly cause: string | null
      readonly job_id: string | null
      readonly progress: {
        readonly step: string
        readonly files_done: number
        readonly files_total: number
        readonly bytes_done: number
        readonly bytes_total: number
        readonly bytes_per_second: number
        readonly seconds_remaining: number | null
        readonly rejected: number
        readonly current_file: string | null
      } | null
      readonly result: {
        readonly added: number
        readonly renewed: number
        readonly removed: number
        readonly unchanged: number
        readonly rejected: number
        readonly filtered: number
        readonly bytes: number
      } | null
      readonly last_run_at: string | null
      readonly next_run_at: string | null
      readonly created_at: string
      readonly updated_at: string
    }
  }
  /** Change a mirror; with run_now run it */
  'PUT /api/channels/{channel}/mirrors/{mirrorId}': {
    params: {
      readonly channel: string
      readonly mirrorId: string
    }
    body: {
      readonly source_root?: string
      /** `active` brings the bytes in its run, `passive` each when somebody asks for it */
      readonly mirror_mode?: 'active' | 'passive'
      readonly filters?: {
        /** Empty or left out: all. Without noarch: of it what the packages of these need */
        readonly subdirs?: readonly string[]
        readonly only_specs?: readonly string[]
        readonly exclude_specs?: readonly string[]
        readonly include_specs?: readonly string[]
        readonly include_licenses?: readonly ('agpl' | 'gpl2' | 'gpl3' | 'lgpl' | 'bsd' | 'mit' | 'apache' | 'psf' | 'public_domain' | 'proprietary' | 'other' | 'none')[]
        readonly exclude_licenses?: readonly ('agpl' | 'gpl2' | 'gpl3' | 'lgpl' | 'bsd' | 'mit' | 'apache' | 'psf' | 'public_domain' | 'proprietary' | 'other' | 'none')[]
        /** Beside only_specs: also all that those depend on, directly or through others */
        readonly include_dependencies?: boolean
        readonly cve_score_threshold?: number
        readonly cve_score_exceptions?: readonly string[]
        readonly exclude_non_curated_cve?: boolean
        readonly exclude_cve_statuses?: readonly ('reported' | 'active' | 'mitigated' | 'cleared' | 'disputed' | 'unknown')[]
        readonly dedupe_conda_legacy?: boolean
        readonly date_from?: string
        readonly date_to?: string
        readonly only_signed?: boolean
        readonly projects?: readonly string[]
        readonly packages?: readonly string[]
      }
      /** When it runs by itself: five fields of cron, in UTC; null or empty for never */
      readonly cron?: string | null
      readonly run_now?: boolean
      /** Believe an upstream index that lost most of its files */
      readonly accept_shrink?: boolean
    }
    answer: {
      readonly mirror_id: string
      readonly mirror_name: string
      readonly source_root: string
      readonly mirror_type: 'conda'
      /** `active` brings the bytes in its run, `passive` each when somebody asks for it */
      readonly mirror_mode: 'active' | 'passive'
      readonly filters: {
        /** Empty or left out: all. Without noarch: of it what the packages of these need */
        readonly subdirs?: readonly string[]
        readonly only_specs?: readonly string[]
        readonly exclude_specs?: readonly string[]
        readonly include_specs?: readonly string[]
        readonly include_licenses?: readonly ('agpl' | 'gpl2' | 'gpl3' | 'lgpl' | 'bsd' | 'mit' | 'apache' | 'psf' | 'public_domain' | 'proprietary' | 'other' | 'none')[]
        readonly exclude_licenses?: readonly ('agpl' | 'gpl2' | 'gpl3' | 'lgpl' | 'bsd' | 'mit' | 'apache' | 'psf' | 'public_domain' | 'proprietary' | 'other' | 'none')[]
        /** Beside only_specs: also all that those depend on, directly or through others */
        readonly include_dependencies?: boolean
        readonly cve_score_threshold?: number
        readonly cve_score_exceptions?: readonly string[]
        readonly exclude_non_curated_cve?: boolean
        readonly exclude_cve_statuses?: readonly ('reported' | 'active' | 'mitigated' | 'cleared' | 'disputed' | 'unknown')[]
        readonly dedupe_conda_legacy?: boolean
        readonly date_from?: string
        readonly date_to?: string
        readonly only_signed?: boolean
        readonly projects?: readonly string[]
        readonly packages?: readonly string[]
      }
      /** The policy that applies the filters for licences, CVEs, dates and signatures; null without such */
      readonly filter_policy: string | null
      /** Where that policy is not word for word what the filters say */
      readonly filter_notes: readonly string[]
      readonly cron: string | null
      readonly state: 'pending' | 'running' | 'completed' | 'failed' | 'stopped'
      readonly cause: string | null
      readonly job_id: string | null
      readonly progress: {
        readonly step: string
        readonly files_done: number
        readonly files_total: number
        readonly bytes_done: number
        readonly bytes_total: number
        readonly bytes_per_second: number
        readonly seconds_remaining: number | null
        readonly rejected: number
        readonly current_file: string | null
      } | null
      readonly result: {
        readonly added: number
        readonly renewed: number
        readonly removed: number
        readonly unchanged: number
        readonly rejected: number
        readonly filtered: number
        readonly bytes: number
      } | null
      readonly last_run_at: string | null
      readonly next_run_at: string | null
      readonly created_at: string
      readonly updated_at: string
    }
  }
  /** Drop a mirror; what it brought stays */
  'DELETE /api/channels/{channel}/mirrors/{mirrorId}': {
    params: {
      readonly channel: string
      readonly mirrorId: string
    }
    answer: null
  }
  /** Stop the run */
  'POST /api/channels/{channel}/mirrors/{mirrorId}/stop_mirror_sync': {
    params: {
      readonly channel: string
      readonly mirrorId: string
    }
    answer: null
  }
  /** Records of the upstream that the last run did not take, and why */
  'GET /api/channels/{channel}/mirrors/{mirrorId}/rejections': {
    params: {
      readonly channel: string
      readonly mirrorId: string
    }
    query?: {
      readonly offset?: number
      readonly limit?: number
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly subdir: string
        readonly filename: string
        readonly code: string
        readonly message: string
      }[]
    }
  }
  /** What matched in a channel, by package and version, gravest first, and why */
  'GET /api/channels/{channel}/cve-matches': {
    params: {
      readonly channel: string
    }
    query?: {
      readonly offset?: number
      readonly limit?: number
      readonly package?: string
      readonly min_score?: number
      readonly q?: string
      readonly at?: string
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly package: string
        readonly version: string
        readonly cve: string
        readonly summary: string
        /** Null when nobody has scored it, which is not 0 */
        readonly score: number | null
        readonly severity: string
        /** Of its files, each once */
        readonly statuses: readonly ('reported' | 'active' | 'mitigated' | 'cleared' | 'disputed')[]
        readonly verdict: 'affected' | 'indeterminate'
        readonly confidence: number
        readonly why: string
        readonly fixed_in: readonly string[]
        readonly published_at: string | null
        readonly file_count: number
        /** Of these files, those that policies keep from clients */
        readonly blocked_count: number
      }[]
    }
  }
  /** Known vulnerabilities of what is in the channels one may see, the gravest first */
  'GET /api/cves': {
    query?: {
      readonly offset?: number
      readonly limit?: number
      readonly status?: 'reported' | 'active' | 'mitigated' | 'cleared' | 'disputed' | 'unknown' | readonly ('reported' | 'active' | 'mitigated' | 'cleared' | 'disputed' | 'unknown')[]
      readonly min_score?: number
      readonly at?: string
      readonly max_score?: number
      readonly q?: string
      readonly cve_name?: string
      readonly min_packages_count?: number
      readonly sort?: 'score' | '-score' | 'published_at' | '-published_at' | 'modified_at' | '-modified_at' | 'created_at' | '-created_at' | readonly ('score' | '-score' | 'published_at' | '-published_at' | 'modified_at' | '-modified_at' | 'created_at' | '-created_at')[]
      readonly severity?: 'none' | 'low' | 'medium' | 'high' | 'critical' | 'unscored' | readonly ('none' | 'low' | 'medium' | 'high' | 'critical' | 'unscored')[]
      readonly kev?: 'true' | 'false'
      readonly min_epss?: number
      readonly with_cve_counts_by_severity?: 'true' | 'false'
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly id: string
        readonly description: string
        /** Null when nobody has scored it, which is not 0 */
        readonly score: number | null
        readonly cvssv2_score: number | null
        readonly cvssv3_score: number | null
        readonly cvssv4_score: number | null
        readonly curated: boolean
        /** Files that it concerns */
        readonly packages_count: number
        readonly published_at: string | null
        readonly nvd_modified_at: string | null
        /** When somebody last said something of it */
        readonly anaconda_modified_at: string | null
        readonly aliases: readonly string[]
        readonly severity: 'none' | 'low' | 'medium' | 'high' | 'critical' | 'unscored'
        readonly maximum_score: number | null
        /** Of each source, the preferred first */
        readonly scores: readonly {
          readonly source: string
          readonly score: number | null
          readonly severity: 'none' | 'low' | 'medium' | 'high' | 'critical' | 'unscored'
          readonly vector: string | null
        }[]
        readonly sources: readonly string[]
        readonly disputed: boolean
        /** CISA's list of what is being exploited */
        readonly kev: {
          readonly added_at: string
          readonly due_at: string | null
          readonly ransomware: boolean
        } | null
        readonly epss: {
          readonly probability: number
          readonly percentile: number
        } | null
        /** The files by status */
        readonly statuses: Readonly<Record<string, number>>
      }[]
      readonly cve_count_by_severity?: {
        readonly critical: number
        readonly high: number
        readonly medium: number
        readonly low: number
        readonly none: number
        readonly unscored: number
      }
    }
  }
  /** One vulnerability: scores, signals, and how many files it concerns */
  'GET /api/cves/{cve_id}': {
    params: {
      readonly cve_id: string
    }
    query?: {
      readonly at?: string
    }
    answer: {
      readonly id: string
      readonly description: string
      /** Null when nobody has scored it, which is not 0 */
      readonly score: number | null
      readonly cvssv2_score: number | null
      readonly cvssv3_score: number | null
      readonly cvssv4_score: number | null
      readonly curated: boolean
      /** Files that it concerns */
      readonly packages_count: number
      readonly published_at: string | null
      readonly nvd_modified_at: string | null
      /** When somebody last said something of it */
      readonly anaconda_modified_at: string | null
      readonly aliases: readonly string[]
      readonly severity: 'none' | 'low' | 'medium' | 'high' | 'critical' | 'unscored'
      readonly maximum_score: number | null
      /** Of each source, the preferred first */
      readonly scores: readonly {
        readonly source: string
        readonly score: number | null
        readonly severity: 'none' | 'low' | 'medium' | 'high' | 'critical' | 'unscored'
        readonly vector: string | null
      }[]
      readonly sources: readonly string[]
      readonly disputed: boolean
      /** CISA's list of what is being exploited */
      readonly kev: {
        readonly added_at: string
        readonly due_at: string | null
        readonly ransomware: boolean
      } | null
      readonly epss: {
        readonly probability: number
        readonly percentile: number
      } | null
      /** The files by status */
      readonly statuses: Readonly<Record<string, number>>
    }
  }
  /** The files it concerns in the channels one may see, each with its status */
  'GET /api/cves/{cve_id}/files': {
    params: {
      readonly cve_id: string
    }
    query?: {
      readonly offset?: number
      readonly limit?: number
      readonly status?: 'reported' | 'active' | 'mitigated' | 'cleared' | 'disputed' | 'unknown' | readonly ('reported' | 'active' | 'mitigated' | 'cleared' | 'disputed' | 'unknown')[]
      readonly min_score?: number
      readonly at?: string
    }
    answer: {
      readonly id: string
      readonly description: string
      /** Null when nobody has scored it, which is not 0 */
      readonly score: number | null
      readonly cvssv2_score: number | null
      readonly cvssv3_score: number | null
      readonly cvssv4_score: number | null
      readonly curated: boolean
      /** Files that it concerns */
      readonly packages_count: number
      readonly published_at: string | null
      readonly nvd_modified_at: string | null
      /** When somebody last said something of it */
      readonly anaconda_modified_at: string | null
      readonly aliases: readonly string[]
      readonly severity: 'none' | 'low' | 'medium' | 'high' | 'critical' | 'unscored'
      readonly maximum_score: number | null
      /** Of each source, the preferred first */
      readonly scores: readonly {
        readonly source: string
        readonly score: number | null
        readonly severity: 'none' | 'low' | 'medium' | 'high' | 'critical' | 'unscored'
        readonly vector: string | null
      }[]
      readonly sources: readonly string[]
      readonly disputed: boolean
      /** CISA's list of what is being exploited */
      readonly kev: {
        readonly added_at: string
        readonly due_at: string | null
        readonly ransomware: boolean
      } | null
      readonly epss: {
        readonly probability: number
        readonly percentile: number
      } | null
      /** The files by status */
      readonly statuses: Readonly<Record<string, number>>
      readonly packages: readonly {
        readonly channel_name: string
        readonly parent_channel_name: string | null
        readonly cve_status: 'reported' | 'active' | 'mitigated' | 'cleared' | 'disputed'
        readonly artifact_family: string
        readonly artifact_type: string
        /** subdir/filename */
        readonly ckey: string
        readonly common_name: string
        readonly version: string
        readonly blob_sha256: string
        readonly blob_size: string
        readonly verdict: 'affected' | 'indeterminate'
        readonly confidence: number
        readonly why: string
        readonly fixed_in: readonly string[]
      }[]
      readonly total_count: number
    }
  }
  /** How its score changed and what people said of it, the newest first */
  'GET /api/cves/{cve_id}/history': {
    params: {
      readonly cve_id: string
    }
    query?: {
      readonly offset?: number
      readonly limit?: number
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly at: string
        readonly kind: string
        readonly old_score: number | null
        readonly new_score: number | null
        readonly by: string | null
        readonly note: string | null
        readonly curation: {
          readonly id: string
          readonly cve: string
          readonly package: string
          readonly version: string | null
          readonly build: string | null
          readonly build_from: number | null
          readonly build_to: number | null
          readonly subdir: string | null
          readonly channel: string | null
          readonly sha256: string | null
          /** The same in words */
          readonly scope: string
          readonly status: 'reported' | 'active' | 'mitigated' | 'cleared' | 'disputed'
          readonly source: 'person' | 'feed' | 'builder' | 'vex'
          readonly author: string
          readonly reason: string
          readonly justification: 'component_not_present' | 'vulnerable_code_not_present' | 'vulnerable_code_not_in_execute_path' | 'vulnerable_code_cannot_be_controlled_by_adversary' | 'inline_mitigations_already_exist' | null
          readonly links: readonly string[]
          readonly origin: string | null
          readonly needs_second_approver: boolean
          readonly state: 'proposed' | 'in_force' | 'refused' | 'withdrawn' | 'ended' | 'replaced' | 'expired'
          readonly proposed_by: string | null
          readonly proposed_at: string
          readonly decided_by: string | null
          readonly decided_at: string | null
          readonly decision_note: string | null
          readonly effective_at: string | null
          readonly expires_at: string | null
          readonly ended_at: string | null
        } | null
      }[]
    }
  }
  /** What holds of it now, or held on a past day, in files one may see; proposals for those who decide */
  'GET /api/cves/{cve_id}/statuses': {
    params: {
      readonly cve_id: string
    }
    query?: {
      readonly offset?: number
      readonly limit?: number
      readonly at?: string
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly id: string
        readonly cve: string
        readonly package: string
        readonly version: string | null
        readonly build: string | null
        readonly build_from: number | null
        readonly build_to: number | null
        readonly subdir: string | null
        readonly channel: string | null
        readonly sha256: string | null
        /** The same in words */
        readonly scope: string
        readonly status: 'reported' | 'active' | 'mitigated' | 'cleared' | 'disputed'
        readonly source: 'person' | 'feed' | 'builder' | 'vex'
        readonly author: string
        readonly reason: string
        readonly justification: 'component_not_present' | 'vulnerable_code_not_present' | 'vulnerable_code_not_in_execute_path' | 'vulnerable_code_cannot_be_controlled_by_adversary' | 'inline_mitigations_already_exist' | null
        readonly links: readonly string[]
        readonly origin: string | null
        readonly needs_second_approver: boolean
        readonly state: 'proposed' | 'in_force' | 'refused' | 'withdrawn' | 'ended' | 'replaced' | 'expired'
        readonly proposed_by: string | null
        readonly proposed_at: string
        readonly decided_by: string | null
        readonly decided_at: string | null
        readonly decision_note: string | null
        readonly effective_at: string | null
        readonly expires_at: string | null
        readonly ended_at: string | null
      }[]
    }
  }
  /** Say what a CVE is in some files; a grave one waits until somebody else agrees */
  'POST /api/cves/{cve_id}/statuses': {
    params: {
      readonly cve_id: string
    }
    body: {
      readonly status: 'reported' | 'active' | 'mitigated' | 'cleared' | 'disputed'
      /** Why; everybody who sees the finding reads it */
      readonly reason: string
      /** VEX's word for why it is not affected */
      readonly justification?: 'component_not_present' | 'vulnerable_code_not_present' | 'vulnerable_code_not_in_execute_path' | 'vulnerable_code_cannot_be_controlled_by_adversary' | 'inline_mitigations_already_exist'
      readonly links?: readonly string[]
      /** Not needed where sha256 says which it is */
      readonly package?: string
      readonly version?: string
      /** The build string */
      readonly build?: string
      readonly build_from?: number
      readonly build_to?: number
      readonly subdir?: string
      /** Only in this channel */
      readonly channel?: string
      /** Only this one file */
      readonly sha256?: string
      /** null: never. Without it, cleared and disputed end in 180 days */
      readonly expires_at?: string | null
    }
    answer: {
      readonly id: string
      readonly cve: string
      readonly package: string
      readonly version: string | null
      readonly build: string | null
      readonly build_from: number | null
      readonly build_to: number | null
      readonly subdir: string | null
      readonly channel: string | null
      readonly sha256: string | null
      /** The same in words */
      readonly scope: string
      readonly status: 'reported' | 'active' | 'mitigated' | 'cleared' | 'disputed'
      readonly source: 'person' | 'feed' | 'builder' | 'vex'
      readonly author: string
      readonly reason: string
      readonly justification: 'component_not_present' | 'vulnerable_code_not_present' | 'vulnerable_code_not_in_execute_path' | 'vulnerable_code_cannot_be_controlled_by_adversary' | 'inline_mitigations_already_exist' | null
      readonly links: readonly string[]
      readonly origin: string | null
      readonly needs_second_approver: boolean
      readonly state: 'proposed' | 'in_force' | 'refused' | 'withdrawn' | 'ended' | 'replaced' | 'expired'
      readonly proposed_by: string | null
      readonly proposed_at: string
      readonly decided_by: string | null
      readonly decided_at: string | null
      readonly decision_note: string | null
      readonly effective_at: string | null
      readonly expires_at: string | null
      readonly ended_at: string | null
    }
  }
  /** Known vulnerabilities of what a channel has, the gravest first */
  'GET /api/channels/{channel}/cves': {
    params: {
      readonly channel: string
    }
    query?: {
      readonly offset?: number
      readonly limit?: number
      readonly status?: 'reported' | 'active' | 'mitigated' | 'cleared' | 'disputed' | 'unknown' | readonly ('reported' | 'active' | 'mitigated' | 'cleared' | 'disputed' | 'unknown')[]
      readonly min_score?: number
      readonly at?: string
      readonly max_score?: number
      readonly q?: string
      readonly cve_name?: string
      readonly min_packages_count?: number
      readonly sort?: 'score' | '-score' | 'published_at' | '-published_at' | 'modified_at' | '-modified_at' | 'created_at' | '-created_at' | readonly ('score' | '-score' | 'published_at' | '-published_at' | 'modified_at' | '-modified_at' | 'created_at' | '-created_at')[]
      readonly severity?: 'none' | 'low' | 'medium' | 'high' | 'critical' | 'unscored' | readonly ('none' | 'low' | 'medium' | 'high' | 'critical' | 'unscored')[]
      readonly kev?: 'true' | 'false'
      readonly min_epss?: number
      readonly with_cve_counts_by_severity?: 'true' | 'false'
      readonly architectures?: string | readonly string[]
      readonly version?: string
      readonly artifact_name?: string
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly id: string
        readonly description: string
        /** Null when nobody has scored it, which is not 0 */
        readonly score: number | null
        readonly cvssv2_score: number | null
        readonly cvssv3_score: number | null
        readonly cvssv4_score: number | null
        readonly curated: boolean
        /** Files that it concerns */
        readonly packages_count: number
        readonly published_at: string | null
        readonly nvd_modified_at: string | null
        /** When somebody last said something of it */
        readonly anaconda_modified_at: string | null
        readonly aliases: readonly string[]
        readonly severity: 'none' | 'low' | 'medium' | 'high' | 'critical' | 'unscored'
        readonly maximum_score: number | null
        /** Of each source, the preferred first */
        readonly scores: readonly {
          readonly source: string
          readonly score: number | null
          readonly severity: 'none' | 'low' | 'medium' | 'high' | 'critical' | 'unscored'
          readonly vector: string | null
        }[]
        readonly sources: readonly string[]
        readonly disputed: boolean
        /** CISA's list of what is being exploited */
        readonly kev: {
          readonly added_at: string
          readonly due_at: string | null
          readonly ransomware: boolean
        } | null
        readonly epss: {
          readonly probability: number
          readonly percentile: number
        } | null
        /** The files by status */
        readonly statuses: Readonly<Record<string, number>>
      }[]
      readonly cve_count_by_severity?: {
        readonly critical: number
        readonly high: number
        readonly medium: number
        readonly low: number
        readonly none: number
        readonly unscored: number
      }
    }
  }
  /** One vulnerability, as it concerns a channel */
  'GET /api/channels/{channel}/cves/{cve_id}': {
    params: {
      readonly channel: string
      readonly cve_id: string
    }
    query?: {
      readonly at?: string
    }
    answer: {
      readonly id: string
      readonly description: string
      /** Null when nobody has scored it, which is not 0 */
      readonly score: number | null
      readonly cvssv2_score: number | null
      readonly cvssv3_score: number | null
      readonly cvssv4_score: number | null
      readonly curated: boolean
      /** Files that it concerns */
      readonly packages_count: number
      readonly published_at: string | null
      readonly nvd_modified_at: string | null
      /** When somebody last said something of it */
      readonly anaconda_modified_at: string | null
      readonly aliases: readonly string[]
      readonly severity: 'none' | 'low' | 'medium' | 'high' | 'critical' | 'unscored'
      readonly maximum_score: number | null
      /** Of each source, the preferred first */
      readonly scores: readonly {
        readonly source: string
        readonly score: number | null
        readonly severity: 'none' | 'low' | 'medium' | 'high' | 'critical' | 'unscored'
        readonly vector: string | null
      }[]
      readonly sources: readonly string[]
      readonly disputed: boolean
      /** CISA's list of what is being exploited */
      readonly kev: {
        readonly added_at: string
        readonly due_at: string | null
        readonly ransomware: boolean
      } | null
      readonly epss: {
        readonly probability: number
        readonly percentile: number
      } | null
      /** The files by status */
      readonly statuses: Readonly<Record<string, number>>
    }
  }
  /** Known vulnerabilities of a package of a channel, the gravest first */
  'GET /api/channels/{channel}/artifacts/conda/{name}/cves': {
    params: {
      readonly channel: string
      readonly name: string
    }
    query?: {
      readonly offset?: number
      readonly limit?: number
      readonly status?: 'reported' | 'active' | 'mitigated' | 'cleared' | 'disputed' | 'unknown' | readonly ('reported' | 'active' | 'mitigated' | 'cleared' | 'disputed' | 'unknown')[]
      readonly min_score?: number
      readonly at?: string
      readonly max_score?: number
      readonly q?: string
      readonly cve_name?: string
      readonly min_packages_count?: number
      readonly sort?: 'score' | '-score' | 'published_at' | '-published_at' | 'modified_at' | '-modified_at' | 'created_at' | '-created_at' | readonly ('score' | '-score' | 'published_at' | '-published_at' | 'modified_at' | '-modified_at' | 'created_at' | '-created_at')[]
      readonly severity?: 'none' | 'low' | 'medium' | 'high' | 'critical' | 'unscored' | readonly ('none' | 'low' | 'medium' | 'high' | 'critical' | 'unscored')[]
      readonly kev?: 'true' | 'false'
      readonly min_epss?: number
      readonly with_cve_counts_by_severity?: 'true' | 'false'
      readonly version?: string
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly id: string
        readonly description: string
        /** Null when nobody has scored it, which is not 0 */
        readonly score: number | null
        readonly cvssv2_score: number | null
        readonly cvssv3_score: number | null
        readonly cvssv4_score: number | null
        readonly curated: boolean
        /** Files that it concerns */
        readonly packages_count: number
        readonly published_at: string | null
        readonly nvd_modified_at: string | null
        /** When somebody last said something of it */
        readonly anaconda_modified_at: string | null
        readonly aliases: readonly string[]
        readonly severity: 'none' | 'low' | 'medium' | 'high' | 'critical' | 'unscored'
        readonly maximum_score: number | null
        /** Of each source, the preferred first */
        readonly scores: readonly {
          readonly source: string
          readonly score: number | null
          readonly severity: 'none' | 'low' | 'medium' | 'high' | 'critical' | 'unscored'
          readonly vector: string | null
        }[]
        readonly sources: readonly string[]
        readonly disputed: boolean
        /** CISA's list of what is being exploited */
        readonly kev: {
          readonly added_at: string
          readonly due_at: string | null
          readonly ransomware: boolean
        } | null
        readonly epss: {
          readonly probability: number
          readonly percentile: number
        } | null
        /** The files by status */
        readonly statuses: Readonly<Record<string, number>>
      }[]
      readonly cve_count_by_severity?: {
        readonly critical: number
        readonly high: number
        readonly medium: number
        readonly low: number
        readonly none: number
        readonly unscored: number
      }
    }
  }
  /** One vulnerability, as it concerns a package of a channel */
  'GET /api/channels/{channel}/artifacts/conda/{name}/cves/{cve_id}': {
    params: {
      readonly channel: string
      readonly name: string
      readonly cve_id: string
    }
    query?: {
      readonly at?: string
    }
    answer: {
      readonly id: string
      readonly description: string
      /** Null when nobody has scored it, which is not 0 */
      readonly score: number | null
      readonly cvssv2_score: number | null
      readonly cvssv3_score: number | null
      readonly cvssv4_score: number | null
      readonly curated: boolean
      /** Files that it concerns */
      readonly packages_count: number
      readonly published_at: string | null
      readonly nvd_modified_at: string | null
      /** When somebody last said something of it */
      readonly anaconda_modified_at: string | null
      readonly aliases: readonly string[]
      readonly severity: 'none' | 'low' | 'medium' | 'high' | 'critical' | 'unscored'
      readonly maximum_score: number | null
      /** Of each source, the preferred first */
      readonly scores: readonly {
        readonly source: string
        readonly score: number | null
        readonly severity: 'none' | 'low' | 'medium' | 'high' | 'critical' | 'unscored'
        readonly vector: string | null
      }[]
      readonly sources: readonly string[]
      readonly disputed: boolean
      /** CISA's list of what is being exploited */
      readonly kev: {
        readonly added_at: string
        readonly due_at: string | null
        readonly ransomware: boolean
      } | null
      readonly epss: {
        readonly probability: number
        readonly percentile: number
      } | null
      /** The files by status */
      readonly statuses: Readonly<Record<string, number>>
    }
  }
  /** The files of a channel it concerns, each with its status; how many there are stands in x-total-count */
  'GET /api/channels/{channel}/cves/{cve_id}/files': {
    params: {
      readonly channel: string
      readonly cve_id: string
    }
    query?: {
      readonly offset?: number
      readonly limit?: number
      readonly status?: 'reported' | 'active' | 'mitigated' | 'cleared' | 'disputed' | 'unknown' | readonly ('reported' | 'active' | 'mitigated' | 'cleared' | 'disputed' | 'unknown')[]
      readonly min_score?: number
      readonly at?: string
    }
    answer: readonly {
      readonly channel_name: string
      readonly parent_channel_name: string | null
      readonly cve_status: 'reported' | 'active' | 'mitigated' | 'cleared' | 'disputed'
      readonly artifact_family: string
      readonly artifact_type: string
      /** subdir/filename */
      readonly ckey: string
      readonly common_name: string
      readonly version: string
      readonly blob_sha256: string
      readonly blob_size: string
      readonly verdict: 'affected' | 'indeterminate'
      readonly confidence: number
      readonly why: string
      readonly fixed_in: readonly string[]
    }[]
  }
  /** The files of a package it concerns, each with its status; how many there are stands in x-total-count */
  'GET /api/channels/{channel}/artifacts/conda/{name}/cves/{cve_id}/files': {
    params: {
      readonly channel: string
      readonly name: string
      readonly cve_id: string
    }
    query?: {
      readonly offset?: number
      readonly limit?: number
      readonly status?: 'reported' | 'active' | 'mitigated' | 'cleared' | 'disputed' | 'unknown' | readonly ('reported' | 'active' | 'mitigated' | 'cleared' | 'disputed' | 'unknown')[]
      readonly min_score?: number
      readonly at?: string
    }
    answer: readonly {
      readonly channel_name: string
      readonly parent_channel_name: string | null
      readonly cve_status: 'reported' | 'active' | 'mitigated' | 'cleared' | 'disputed'
      readonly artifact_family: string
      readonly artifact_type: string
      /** subdir/filename */
      readonly ckey: string
      readonly common_name: string
      readonly version: string
      readonly blob_sha256: string
      readonly blob_size: string
      readonly verdict: 'affected' | 'indeterminate'
      readonly confidence: number
      readonly why: string
      readonly fixed_in: readonly string[]
    }[]
  }
  /** Known vulnerabilities of one file */
  'GET /api/channels/{channel}/artifacts/conda/{name}/file-cves/{subdir}/{filename}': {
    params: {
      readonly channel: string
      readonly name: string
      readonly subdir: string
      readonly filename: string
    }
    query?: {
      readonly offset?: number
      readonly limit?: number
      readonly q?: string
      readonly at?: string
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly id: string
        readonly description: string
        /** Null when nobody has scored it, which is not 0 */
        readonly score: number | null
        readonly cvssv2_score: number | null
        readonly cvssv3_score: number | null
        readonly cvssv4_score: number | null
        readonly curated: boolean
        /** Files that it concerns */
        readonly packages_count: number
        readonly published_at: string | null
        readonly nvd_modified_at: string | null
        /** When somebody last said something of it */
        readonly anaconda_modified_at: string | null
        readonly aliases: readonly string[]
        readonly severity: 'none' | 'low' | 'medium' | 'high' | 'critical' | 'unscored'
        readonly maximum_score: number | null
        /** Of each source, the preferred first */
        readonly scores: readonly {
          readonly source: string
          readonly score: number | null
          readonly severity: 'none' | 'low' | 'medium' | 'high' | 'critical' | 'unscored'
          readonly vector: string | null
        }[]
        readonly sources: readonly string[]
        readonly disputed: boolean
        /** CISA's list of what is being exploited */
        readonly kev: {
          readonly added_at: string
          readonly due_at: string | null
          readonly ransomware: boolean
        } | null
        readonly epss: {
          readonly probability: number
          readonly percentile: number
        } | null
        /** The files by status */
        readonly statuses: Readonly<Record<string, number>>
      }[]
      readonly cve_count_by_severity?: {
        readonly critical: number
        readonly high: number
        readonly medium: number
        readonly low: number
        readonly none: number
        readonly unscored: number
      }
    }
  }
  /** How scores and statuses of the files of a channel changed, the newest first */
  'GET /api/channels/{channel}/cves_history': {
    params: {
      readonly channel: string
    }
    query?: {
      readonly offset?: number
      readonly limit?: number
      readonly from_date?: string
      readonly to_date?: string
      readonly min_download_count?: number
      readonly status?: 'reported' | 'active' | 'mitigated' | 'cleared' | 'disputed' | 'unknown' | readonly ('reported' | 'active' | 'mitigated' | 'cleared' | 'disputed' | 'unknown')[]
      readonly event_types?: 'score_increased' | 'score_decreased' | 'status_changed' | readonly ('score_increased' | 'score_decreased' | 'status_changed')[]
      readonly q?: string
      readonly min_score?: number
      readonly max_score?: number
      readonly cve?: string
      readonly package?: string
    }
    answer: readonly {
      readonly file_name: string
      readonly platform: string
      readonly artifact_family: string
      readonly notification_changes: readonly {
        readonly cve_id: string
        readonly type: string
        readonly old_score: number | null
        readonly new_score: number | null
        readonly old_status: string | null
        readonly new_status: string | null
      }[]
      readonly number_of_downloads: number
      readonly created_at: string
    }[]
  }
  /** What concerns the files with these sha256; those that no visible channel has are left out */
  'GET /api/cves-report': {
    query: {
      readonly sha256s: string | readonly string[]
      readonly use_blob?: string
    }
    answer: {
      readonly items: readonly {
        readonly sha256: string
        readonly cves: readonly {
          readonly id: string
          readonly score: number | null
          readonly status: string
          readonly curated: boolean
          readonly published_at: string | null
          readonly nvd_modified_at: string | null
          readonly anaconda_modified_at: string | null
        }[]
      }[]
    }
  }
  /** What concerns the files with these sha256; those that no visible channel has are left out */
  'POST /api/cves-report': {
    query?: {
      readonly use_blob?: string
    }
    body: {
      readonly sha256s: readonly string[]
    }
    answer: {
      readonly items: readonly {
        readonly sha256: string
        readonly cves: readonly {
          readonly id: string
          readonly score: number | null
          readonly status: string
          readonly curated: boolean
          readonly published_at: string | null
          readonly nvd_modified_at: string | null
          readonly anaconda_modified_at: string | null
        }[]
      }[]
    }
  }
  /** What holds, or held on a past day, as OpenVEX or as CSAF in its VEX profile */
  'GET /api/curations/export': {
    query?: {
      readonly format?: 'openvex' | 'csaf'
      readonly cve?: string
      readonly package?: string
      readonly author?: string
      readonly at?: string
    }
    answer: Readonly<Record<string, unknown>>
  }
  /** Names of packages one may see, the most used first, and whether anybody has linked them */
  'GET /api/identities': {
    query?: {
      readonly offset?: number
      readonly limit?: number
      readonly state?: 'unmapped' | 'mapped'
      readonly q?: string
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly name: string
        readonly state: 'linked' | 'none' | 'unmapped'
        readonly files_count: number
        readonly downloads: number
        readonly identities: readonly string[]
      }[]
      readonly unmapped_count: number
    }
  }
  /** What a conda name is upstream: each link with its evidence, and what people say */
  'GET /api/identities/{name}': {
    params: {
      readonly name: string
    }
    answer: {
      readonly name: string
      readonly state: 'linked' | 'none' | 'unmapped'
      readonly links: readonly {
        /** pypi:requests */
        readonly identity: string
        readonly relation: 'is' | 'contains' | 'wraps'
        readonly confidence: number
        readonly evidence: string
        readonly origin: 'curated' | 'package' | 'mapping' | 'name-rule' | 'person'
      }[]
      readonly rulings: readonly {
        /** Empty: no project at all */
        readonly identity: string
        readonly ruling: 'linked' | 'refused'
        readonly relation: 'is' | 'contains' | 'wraps' | 'none'
        readonly reason: string
        readonly by: string
        readonly at: string
      }[]
    }
  }
  /** Confirm or add a link, refuse one, or say that the name is no project; no import undoes it */
  'PUT /api/identities/{name}/rulings': {
    params: {
      readonly name: string
    }
    body: {
      /** pypi:requests, cpe:haxx:curl, conda:libcurl … */
      readonly identity?: string
      readonly ruling?: 'linked' | 'refused'
      readonly relation?: 'is' | 'contains' | 'wraps' | 'none'
      readonly reason: string
    }
    answer: {
      readonly name: string
      readonly state: 'linked' | 'none' | 'unmapped'
      readonly links: readonly {
        /** pypi:requests */
        readonly identity: string
        readonly relation: 'is' | 'contains' | 'wraps'
        readonly confidence: number
        readonly evidence: string
        readonly origin: 'curated' | 'package' | 'mapping' | 'name-rule' | 'person'
      }[]
      readonly rulings: readonly {
        /** Empty: no project at all */
        readonly identity: string
        readonly ruling: 'linked' | 'refused'
        readonly relation: 'is' | 'contains' | 'wraps' | 'none'
        readonly reason: string
        readonly by: string
        readonly at: string
      }[]
    }
  }
  /** Take back what people say of a link; what machines find counts again */
  'DELETE /api/identities/{name}/rulings': {
    params: {
      readonly name: string
    }
    query?: {
      readonly identity?: string
    }
    answer: null
  }
  /** What waits for a curator: what is in use first, then what is exploited, then by score */
  'GET /api/cve-queue': {
    query?: {
      readonly offset?: number
      readonly limit?: number
      readonly kind?: 'undecided' | 'indeterminate' | 'proposed' | 'outgrown' | 'expiring'
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly match: {
          readonly cve: string
          readonly package: string
          readonly summary: string
          readonly score: number | null
          readonly severity: string
          readonly kev: boolean
          readonly epss: number | null
          readonly confidence: number
          readonly versions_count: number
          readonly files_count: number
          /** In the last 90 days */
          readonly downloads: number
          readonly why: string
        } | null
        readonly curation: {
          readonly id: string
          readonly cve: string
          readonly package: string
          readonly version: string | null
          readonly build: string | null
          readonly build_from: number | null
          readonly build_to: number | null
          readonly subdir: string | null
          readonly channel: string | null
          readonly sha256: string | null
          /** The same in words */
          readonly scope: string
          readonly status: 'reported' | 'active' | 'mitigated' | 'cleared' | 'disputed'
          readonly source: 'person' | 'feed' | 'builder' | 'vex'
          readonly author: string
          readonly reason: string
          readonly justification: 'component_not_present' | 'vulnerable_code_not_present' | 'vulnerable_code_not_in_execute_path' | 'vulnerable_code_cannot_be_controlled_by_adversary' | 'inline_mitigations_already_exist' | null
          readonly links: readonly string[]
          readonly origin: string | null
          readonly needs_second_approver: boolean
          readonly state: 'proposed' | 'in_force' | 'refused' | 'withdrawn' | 'ended' | 'replaced' | 'expired'
          readonly proposed_by: string | null
          readonly proposed_at: string
          readonly decided_by: string | null
          readonly decided_at: string | null
          readonly decision_note: string | null
          readonly effective_at: string | null
          readonly expires_at: string | null
          readonly ended_at: string | null
        } | null
      }[]
      readonly counts: Readonly<Record<'undecided' | 'indeterminate' | 'proposed' | 'outgrown' | 'expiring', number>>
    }
  }
  /** Why a CVE concerns one file, or does not: identity, ranges, the build, and whose word decides */
  'GET /api/channels/{channel}/cves/{cve_id}/evidence': {
    params: {
      readonly channel: string
      readonly cve_id: string
    }
    query: {
      readonly file: string
    }
    answer: {
      readonly file: {
        readonly channel: string
        readonly ckey: string
        readonly name: string
        readonly version: string
        readonly build: string
        readonly sha256: string
      }
      readonly cve: string
      readonly identity: {
        readonly state: string
        readonly links: readonly {
          readonly identity: string
          readonly relation: string
          readonly confidence: number
          readonly evidence: string
          readonly origin: string
        }[]
      }
      readonly matches: readonly {
        readonly verdict: string
        readonly confidence: number
        readonly why: string
        readonly platforms: readonly string[] | null
        /** On the platform of the file */
        readonly holds_here: boolean
        readonly fixed_in: readonly string[]
        /** No advisory matches, somebody says so */
        readonly said_only: boolean
        /** Of advisories; the first decides */
        readonly statements: readonly {
          readonly advisory: string
          readonly source: string
          readonly identity: string
          readonly identity_evidence: string
          readonly range: string
          readonly order: string | null
          readonly platforms: readonly string[] | null
          readonly conditions: readonly string[]
          readonly component: string | null
          readonly note: string | null
          readonly verdict: string
          readonly confidence: number
          readonly why: string
        }[]
        readonly overlays: readonly {
          readonly kind: 'security-json' | 'recipe-patch' | 'unvendored' | 'absent-part' | 'wheel-only'
          readonly says: string
          readonly basis: string
          readonly why: string
        }[]
        readonly status: 'reported' | 'active' | 'mitigated' | 'cleared' | 'disputed'
        readonly status_basis: string
        /** What covers this file; the first decides */
        readonly curations: readonly {
          readonly id: string
          readonly cve: string
          readonly package: string
          readonly version: string | null
          readonly build: string | null
          readonly build_from: number | null
          readonly build_to: number | null
          readonly subdir: string | null
          readonly channel: string | null
          readonly sha256: string | null
          /** The same in words */
          readonly scope: string
          readonly status: 'reported' | 'active' | 'mitigated' | 'cleared' | 'disputed'
          readonly source: 'person' | 'feed' | 'builder' | 'vex'
          readonly author: string
          readonly reason: string
          readonly justification: 'component_not_present' | 'vulnerable_code_not_present' | 'vulnerable_code_not_in_execute_path' | 'vulnerable_code_cannot_be_controlled_by_adversary' | 'inline_mitigations_already_exist' | null
          readonly links: readonly string[]
          readonly origin: string | null
          readonly needs_second_approver: boolean
          readonly state: 'proposed' | 'in_force' | 'refused' | 'withdrawn' | 'ended' | 'replaced' | 'expired'
          readonly proposed_by: string | null
          readonly proposed_at: string
          readonly decided_by: string | null
          readonly decided_at: string | null
          readonly decision_note: string | null
          readonly effective_at: string | null
          readonly expires_at: string | null
          readonly ended_at: string | null
        }[]
      }[]
      readonly score: {
        readonly preferred: {
          readonly score: number | null
          readonly severity: string
          readonly source: string | null
          readonly vector: string | null
        }
        readonly maximum: {
          readonly score: number | null
          readonly severity: string
          readonly source: string | null
          readonly vector: string | null
        }
        /** In the order of preference */
        readonly by_source: readonly {
          readonly score: number | null
          readonly severity: string
          readonly source: string | null
          readonly vector: string | null
        }[]
      } | null
      readonly kev: boolean
      readonly epss: number | null
      /** Where the advisories of the statements came from, the oldest first */
      readonly sources: readonly {
        readonly source: string
        readonly imported_at: string
        /** The time that its data is of, as far as we know */
        readonly current_at: string | null
        /** fresh up to 2 days, aging to 7, old to 14, then stale */
        readonly age: 'fresh' | 'aging' | 'old' | 'stale' | 'never'
      }[]
    }
  }
  /** How many files a status would be about, and whether somebody else has to agree */
  'POST /api/cves/{cve_id}/statuses/preview': {
    params: {
      readonly cve_id: string
    }
    body: {
      readonly status: 'reported' | 'active' | 'mitigated' | 'cleared' | 'disputed'
      /** Why; everybody who sees the finding reads it */
      readonly reason: string
      /** VEX's word for why it is not affected */
      readonly justification?: 'component_not_present' | 'vulnerable_code_not_present' | 'vulnerable_code_not_in_execute_path' | 'vulnerable_code_cannot_be_controlled_by_adversary' | 'inline_mitigations_already_exist'
      readonly links?: readonly string[]
      /** Not needed where sha256 says which it is */
      readonly package?: string
      readonly version?: string
      /** The build string */
      readonly build?: string
      readonly build_from?: number
      readonly build_to?: number
      readonly subdir?: string
      /** Only in this channel */
      readonly channel?: string
      /** Only this one file */
      readonly sha256?: string
      /** null: never. Without it, cleared and disputed end in 180 days */
      readonly expires_at?: string | null
    }
    answer: {
      readonly cve: string
      readonly scope: string
      readonly needs_second_approver: boolean
      readonly expires_at: string | null
      readonly files_count: number
      readonly channels: readonly {
        readonly channel: string
        readonly files_count: number
      }[]
    }
  }
  /** What was said of CVEs in files, the newest first; or what held on a past day */
  'GET /api/curations': {
    query?: {
      readonly offset?: number
      readonly limit?: number
      readonly cve?: string
      readonly package?: string
      readonly state?: 'proposed' | 'in_force' | 'refused' | 'withdrawn' | 'ended' | 'replaced' | 'expired'
      readonly at?: string
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly id: string
        readonly cve: string
        readonly package: string
        readonly version: string | null
        readonly build: string | null
        readonly build_from: number | null
        readonly build_to: number | null
        readonly subdir: string | null
        readonly channel: string | null
        readonly sha256: string | null
        /** The same in words */
        readonly scope: string
        readonly status: 'reported' | 'active' | 'mitigated' | 'cleared' | 'disputed'
        readonly source: 'person' | 'feed' | 'builder' | 'vex'
        readonly author: string
        readonly reason: string
        readonly justification: 'component_not_present' | 'vulnerable_code_not_present' | 'vulnerable_code_not_in_execute_path' | 'vulnerable_code_cannot_be_controlled_by_adversary' | 'inline_mitigations_already_exist' | null
        readonly links: readonly string[]
        readonly origin: string | null
        readonly needs_second_approver: boolean
        readonly state: 'proposed' | 'in_force' | 'refused' | 'withdrawn' | 'ended' | 'replaced' | 'expired'
        readonly proposed_by: string | null
        readonly proposed_at: string
        readonly decided_by: string | null
        readonly decided_at: string | null
        readonly decision_note: string | null
        readonly effective_at: string | null
        readonly expires_at: string | null
        readonly ended_at: string | null
      }[]
    }
  }
  /** One of them, with everything that happened to it */
  'GET /api/curations/{id}': {
    params: {
      readonly id: string
    }
    answer: {
      readonly id: string
      readonly cve: string
      readonly package: string
      readonly version: string | null
      readonly build: string | null
      readonly build_from: number | null
      readonly build_to: number | null
      readonly subdir: string | null
      readonly channel: string | null
      readonly sha256: string | null
      /** The same in words */
      readonly scope: string
      readonly status: 'reported' | 'active' | 'mitigated' | 'cleared' | 'disputed'
      readonly source: 'person' | 'feed' | 'builder' | 'vex'
      readonly author: string
      readonly reason: string
      readonly justification: 'component_not_present' | 'vulnerable_code_not_present' | 'vulnerable_code_not_in_execute_path' | 'vulnerable_code_cannot_be_controlled_by_adversary' | 'inline_mitigations_already_exist' | null
      readonly links: readonly string[]
      readonly origin: string | null
      readonly needs_second_approver: boolean
      readonly state: 'proposed' | 'in_force' | 'refused' | 'withdrawn' | 'ended' | 'replaced' | 'expired'
      readonly proposed_by: string | null
      readonly proposed_at: string
      readonly decided_by: string | null
      readonly decided_at: string | null
      readonly decision_note: string | null
      readonly effective_at: string | null
      readonly expires_at: string | null
      readonly ended_at: string | null
      readonly events: readonly {
        readonly at: string
        readonly kind: string
        readonly by: string | null
        readonly note: string | null
      }[]
    }
  }
  /** Agree to what was proposed; it acts at once */
  'POST /api/curations/{id}/approve': {
    params: {
      readonly id: string
    }
    body: {
      readonly note?: string
    }
    answer: {
      readonly id: string
      readonly cve: string
      readonly package: string
      readonly version: string | null
      readonly build: string | null
      readonly build_from: number | null
      readonly build_to: number | null
      readonly subdir: string | null
      readonly channel: string | null
      readonly sha256: string | null
      /** The same in words */
      readonly scope: string
      readonly status: 'reported' | 'active' | 'mitigated' | 'cleared' | 'disputed'
      readonly source: 'person' | 'feed' | 'builder' | 'vex'
      readonly author: string
      readonly reason: string
      readonly justification: 'component_not_present' | 'vulnerable_code_not_present' | 'vulnerable_code_not_in_execute_path' | 'vulnerable_code_cannot_be_controlled_by_adversary' | 'inline_mitigations_already_exist' | null
      readonly links: readonly string[]
      readonly origin: string | null
      readonly needs_second_approver: boolean
      readonly state: 'proposed' | 'in_force' | 'refused' | 'withdrawn' | 'ended' | 'replaced' | 'expired'
      readonly proposed_by: string | null
      readonly proposed_at: string
      readonly decided_by: string | null
      readonly decided_at: string | null
      readonly decision_note: string | null
      readonly effective_at: string | null
      readonly expires_at: string | null
      readonly ended_at: string | null
    }
  }
  /** Refuse what was proposed, or take back one's own proposal, and say why */
  'POST /api/curations/{id}/refuse': {
    params: {
      readonly id: string
    }
    body: {
      readonly note: string
    }
    answer: {
      readonly id: string
      readonly cve: string
      readonly package: string
      readonly version: string | null
      readonly build: string | null
      readonly build_from: number | null
      readonly build_to: number | null
      readonly subdir: string | null
      readonly channel: string | null
      readonly sha256: string | null
      /** The same in words */
      readonly scope: string
      readonly status: 'reported' | 'active' | 'mitigated' | 'cleared' | 'disputed'
      readonly source: 'person' | 'feed' | 'builder' | 'vex'
      readonly author: string
      readonly reason: string
      readonly justification: 'component_not_present' | 'vulnerable_code_not_present' | 'vulnerable_code_not_in_execute_path' | 'vulnerable_code_cannot_be_controlled_by_adversary' | 'inline_mitigations_already_exist' | null
      readonly links: readonly string[]
      readonly origin: string | null
      readonly needs_second_approver: boolean
      readonly state: 'proposed' | 'in_force' | 'refused' | 'withdrawn' | 'ended' | 'replaced' | 'expired'
      readonly proposed_by: string | null
      readonly proposed_at: string
      readonly decided_by: string | null
      readonly decided_at: string | null
      readonly decision_note: string | null
      readonly effective_at: string | null
      readonly expires_at: string | null
      readonly ended_at: string | null
    }
  }
  /** End what is in force, and say why; it acts at once */
  'POST /api/curations/{id}/end': {
    params: {
      readonly id: string
    }
    body: {
      readonly note: string
    }
    answer: {
      readonly id: string
      readonly cve: string
      readonly package: string
      readonly version: string | null
      readonly build: string | null
      readonly build_from: number | null
      readonly build_to: number | null
      readonly subdir: string | null
      readonly channel: string | null
      readonly sha256: string | null
      /** The same in words */
      readonly scope: string
      readonly status: 'reported' | 'active' | 'mitigated' | 'cleared' | 'disputed'
      readonly source: 'person' | 'feed' | 'builder' | 'vex'
      readonly author: string
      readonly reason: string
      readonly justification: 'component_not_present' | 'vulnerable_code_not_present' | 'vulnerable_code_not_in_execute_path' | 'vulnerable_code_cannot_be_controlled_by_adversary' | 'inline_mitigations_already_exist' | null
      readonly links: readonly string[]
      readonly origin: string | null
      readonly needs_second_approver: boolean
      readonly state: 'proposed' | 'in_force' | 'refused' | 'withdrawn' | 'ended' | 'replaced' | 'expired'
      readonly proposed_by: string | null
      readonly proposed_at: string
      readonly decided_by: string | null
      readonly decided_at: string | null
      readonly decision_note: string | null
      readonly effective_at: string | null
      readonly expires_at: string | null
      readonly ended_at: string | null
    }
  }
  /** Where advisories, KEV and EPSS come from, how old each is, and how the last look there went */
  'GET /api/advisory-sources': {
    query?: {
      readonly offset?: number
      readonly limit?: number
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly source_id: string
        readonly name: string
        readonly kind: 'osv' | 'nvd' | 'cve5' | 'nvd-override' | 'curl' | 'openssl' | 'node' | 'kev' | 'epss'
        readonly method: 'file' | 'changes' | 'osv' | 'nvd-api' | 'cve5-deltas'
        readonly address: string | null
        readonly file_pattern: string
        readonly licence: string
        readonly automatic: boolean
        readonly paused: boolean
        readonly refresh_minutes: number
        readonly next_refresh_at: string | null
        readonly attempted_at: string | null
        /** The time that its data is of, as far as we know */
        readonly current_at: string | null
        /** The newest date its data names */
        readonly data_at: string | null
        /** fresh up to 2 days, aging to 7, old to 14, then stale */
        readonly age: 'fresh' | 'aging' | 'old' | 'stale' | 'never'
        readonly result: 'applied' | 'unchanged' | 'held' | 'failed' | null
        readonly message: string | null
        readonly held_import_id: string | null
      }[]
    }
  }
  /** Make a source; one that we know needs its name alone */
  'POST /api/advisory-sources': {
    body: {
      readonly name: string
      readonly kind?: 'osv' | 'nvd' | 'cve5' | 'nvd-override' | 'curl' | 'openssl' | 'node' | 'kev' | 'epss'
      readonly method?: 'file' | 'changes' | 'osv' | 'nvd-api' | 'cve5-deltas'
      /** Null: only from the watched folder */
      readonly address?: string | null
      /** Names in the watched folder; by default its name and anything */
      readonly file_pattern?: string
      readonly licence?: string
      /** Applied when nothing is wrong; otherwise held for a person */
      readonly automatic?: boolean
      readonly refresh_minutes?: number
    }
    answer: {
      readonly source_id: string
      readonly name: string
      readonly kind: 'osv' | 'nvd' | 'cve5' | 'nvd-override' | 'curl' | 'openssl' | 'node' | 'kev' | 'epss'
      readonly method: 'file' | 'changes' | 'osv' | 'nvd-api' | 'cve5-deltas'
      readonly address: string | null
      readonly file_pattern: string
      readonly licence: string
      readonly automatic: boolean
      readonly paused: boolean
      readonly refresh_minutes: number
      readonly next_refresh_at: string | null
      readonly attempted_at: string | null
      /** The time that its data is of, as far as we know */
      readonly current_at: string | null
      /** The newest date its data names */
      readonly data_at: string | null
      /** fresh up to 2 days, aging to 7, old to 14, then stale */
      readonly age: 'fresh' | 'aging' | 'old' | 'stale' | 'never'
      readonly result: 'applied' | 'unchanged' | 'held' | 'failed' | null
      readonly message: string | null
      readonly held_import_id: string | null
    }
  }
  /** Change a source, pause it or resume it */
  'PUT /api/advisory-sources/{sourceId}': {
    params: {
      readonly sourceId: string
    }
    body: {
      /** Null: only from the watched folder */
      readonly address?: string | null
      readonly paused?: boolean
      /** Names in the watched folder; by default its name and anything */
      readonly file_pattern?: string
      readonly licence?: string
      /** Applied when nothing is wrong; otherwise held for a person */
      readonly automatic?: boolean
      readonly refresh_minutes?: number
    }
    answer: {
      readonly source_id: string
      readonly name: string
      readonly kind: 'osv' | 'nvd' | 'cve5' | 'nvd-override' | 'curl' | 'openssl' | 'node' | 'kev' | 'epss'
      readonly method: 'file' | 'changes' | 'osv' | 'nvd-api' | 'cve5-deltas'
      readonly address: string | null
      readonly file_pattern: string
      readonly licence: string
      readonly automatic: boolean
      readonly paused: boolean
      readonly refresh_minutes: number
      readonly next_refresh_at: string | null
      readonly attempted_at: string | null
      /** The time that its data is of, as far as we know */
      readonly current_at: string | null
      /** The newest date its data names */
      readonly data_at: string | null
      /** fresh up to 2 days, aging to 7, old to 14, then stale */
      readonly age: 'fresh' | 'aging' | 'old' | 'stale' | 'never'
      readonly result: 'applied' | 'unchanged' | 'held' | 'failed' | null
      readonly message: string | null
      readonly held_import_id: string | null
    }
  }
  /** Remove a source; what it brought stays */
  'DELETE /api/advisory-sources/{sourceId}': {
    params: {
      readonly sourceId: string
    }
    answer: null
  }
  /** Look at a source now */
  'POST /api/advisory-sources/{sourceId}/refresh': {
    params: {
      readonly sourceId: string
    }
    body: {
      /** Everything again, not what changed */
      readonly restart?: boolean
    }
    answer: {
      readonly job_id: string
    }
  }
  /** What came in, the newest first: each a snapshot that stands, waits, or was taken back */
  'GET /api/advisory-imports': {
    query?: {
      readonly offset?: number
      readonly limit?: number
      readonly source_id?: string
      readonly state?: 'held' | 'active' | 'rolled_back' | 'discarded'
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly import_id: string
        readonly kind: 'advisories' | 'kev' | 'epss' | 'mapping'
        /** Null for what was sent by hand */
        readonly source_id: string | null
        readonly source: string
        readonly filename: string
        readonly state: 'staging' | 'held' | 'active' | 'rolled_back' | 'discarded'
        readonly imported_at: string
        readonly activated_at: string | null
        readonly data_at: string | null
        readonly records: number
        readonly new: number
        readonly changed: number
        readonly unchanged: number
        readonly skipped: number
        /** Why it was held */
        readonly findings: readonly {
          readonly code: string
          readonly message: string
        }[]
        /** How many changes of each kind to what channels have */
        readonly effects: Readonly<Record<string, number>>
      }[]
    }
  }
  /** One import */
  'GET /api/advisory-imports/{importId}': {
    params: {
      readonly importId: string
    }
    answer: {
      readonly import_id: string
      readonly kind: 'advisories' | 'kev' | 'epss' | 'mapping'
      /** Null for what was sent by hand */
      readonly source_id: string | null
      readonly source: string
      readonly filename: string
      readonly state: 'staging' | 'held' | 'active' | 'rolled_back' | 'discarded'
      readonly imported_at: string
      readonly activated_at: string | null
      readonly data_at: string | null
      readonly records: number
      readonly new: number
      readonly changed: number
      readonly unchanged: number
      readonly skipped: number
      /** Why it was held */
      readonly findings: readonly {
        readonly code: string
        readonly message: string
      }[]
      /** How many changes of each kind to what channels have */
      readonly effects: Readonly<Record<string, number>>
    }
  }
  /** Records of an import that could not be read, each with its line and field */
  'GET /api/advisory-imports/{importId}/faults': {
    params: {
      readonly importId: string
    }
    query?: {
      readonly offset?: number
      readonly limit?: number
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly line: number
        readonly reason: string
        readonly record: string
      }[]
    }
  }
  /** What an import changes, or would change, of the package versions in channels */
  'GET /api/advisory-imports/{importId}/effects': {
    params: {
      readonly importId: string
    }
    query?: {
      readonly offset?: number
      readonly limit?: number
      readonly channel?: string
      readonly change?: 'newly_affected' | 'newly_indeterminate' | 'no_longer_affected' | 'no_longer_indeterminate' | 'score_changed' | 'detail_changed' | 'kev_listed' | 'kev_removed' | 'epss_changed'
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly package: string
        readonly version: string
        readonly cve: string
        readonly change: 'newly_affected' | 'newly_indeterminate' | 'no_longer_affected' | 'no_longer_indeterminate' | 'score_changed' | 'detail_changed' | 'kev_listed' | 'kev_removed' | 'epss_changed'
        readonly before: {
          readonly verdict: 'affected' | 'indeterminate'
          readonly confidence: number
          readonly score: number | null
          readonly severity: string
          readonly epss?: number | null
        } | null
        readonly after: {
          readonly verdict: 'affected' | 'indeterminate'
          readonly confidence: number
          readonly score: number | null
          readonly severity: string
          readonly epss?: number | null
        } | null
      }[]
    }
  }
  /** Let a held import through */
  'POST /api/advisory-imports/{importId}/approve': {
    params: {
      readonly importId: string
    }
    body: {
      /** Why; for the audit log */
      readonly note: string
    }
    answer: {
      readonly job_id: string
    }
  }
  /** Throw a held import away */
  'POST /api/advisory-imports/{importId}/discard': {
    params: {
      readonly importId: string
    }
    body: {
      /** Why; for the audit log */
      readonly note: string
    }
    answer: null
  }
  /** Take an import back, and with it what its source brought later */
  'POST /api/advisory-imports/{importId}/roll-back': {
    params: {
      readonly importId: string
    }
    body: {
      /** Why; for the audit log */
      readonly note: string
    }
    answer: {
      readonly job_id: string
    }
  }
  /** How far a job is */
  'GET /api/jobs/{jobId}': {
    params: {
      readonly jobId: string
    }
    answer: {
      readonly id: string
      readonly kind: string
      readonly state: 'queued' | 'running' | 'done' | 'failed' | 'stopped'
      readonly progress: unknown
      readonly result: unknown
      readonly error: string | null
      readonly created_at: string
      readonly started_at: string | null
      readonly finished_at: string | null
    }
  }
  /** Revisions of a channel, newest first */
  'GET /api/channels/{channel}/revisions': {
    params: {
      readonly channel: string
    }
    query?: {
      readonly offset?: number
      readonly limit?: number
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly number: number
        readonly created: string
        /** Served now, served before, made while the channel is frozen and not served yet, or made in such a time and overtaken by a newer one */
        readonly state: 'served' | 'past' | 'prepared' | 'skipped'
        /** Of a revision that was never served none, for whoever may not look into it */
        readonly causes: readonly {
          readonly kind: string
        }[]
        /** Package names that differ from the revision before */
        readonly changed_names: number
        /** Files the channel has */
        readonly contents_count: number
        /** Files that clients see */
        readonly served_count: number
      }[]
    }
  }
  /** One revision: the one of that number, or the one that was served at that time */
  'GET /api/channels/{channel}/revisions/{revision}': {
    params: {
      readonly channel: string
      readonly revision: string
    }
    answer: {
      readonly number: number
      readonly created: string
      /** Served now, served before, made while the channel is frozen and not served yet, or made in such a time and overtaken by a newer one */
      readonly state: 'served' | 'past' | 'prepared' | 'skipped'
      /** Of a revision that was never served none, for whoever may not look into it */
      readonly causes: readonly {
        readonly kind: string
      }[]
      /** Package names that differ from the revision before */
      readonly changed_names: number
      /** Files the channel has */
      readonly contents_count: number
      /** Files that clients see */
      readonly served_count: number
      readonly subdirs: readonly {
        readonly subdir: string
        /** Digest of the index of everything */
        readonly contents_sha256: string
        /** Digest of the shard index as served */
        readonly served_sha256: string
        readonly contents_count: number
        readonly served_count: number
      }[]
    }
  }
  /** What differs between two revisions, by package name, and why */
  'GET /api/channels/{channel}/revisions/{revision}/diff': {
    params: {
      readonly channel: string
      readonly revision: string
    }
    query?: {
      readonly offset?: number
      readonly limit?: number
      readonly from?: string
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly name: string
        readonly causes: readonly {
          readonly revision: number
          /** What made the change: an upload with its file, a mirror run, an edited policy */
          readonly cause: {
            readonly kind: string
          }
        }[]
        readonly files: readonly {
          readonly subdir: string
          readonly filename: string
          /** added, removed, or changed in its record; shown or hidden: the channel has it in both, and the policies let it through in one */
          readonly change: 'added' | 'removed' | 'changed' | 'shown' | 'hidden'
          /** Whether clients see it in the later revision */
          readonly served: boolean
          /** Of a changed record, the fields that differ */
          readonly fields: readonly string[]
        }[]
      }[]
      readonly from: number
      readonly to: number
    }
  }
  /** Roll back: a new revision with the contents of that one, decided by the policies of today */
  'POST /api/channels/{channel}/revisions/{revision}/rollback': {
    params: {
      readonly channel: string
      readonly revision: string
    }
    answer: {
      readonly to: number
      readonly changed_names: number
      /** In again, or with their record of then */
      readonly restored_files: number
      /** Came since, and are out again */
      readonly removed_files: number
      /** Clients see it when the channel is unfrozen, and not before */
      readonly frozen: boolean
    }
  }
  /** Serve that revision as it was, at once, and freeze the channel there */
  'POST /api/channels/{channel}/revisions/{revision}/serve': {
    params: {
      readonly channel: string
      readonly revision: string
    }
    answer: {
      readonly revision: number
    }
  }
  /** Audit events, the newest first */
  'GET /api/audit/events': {
    query?: {
      readonly offset?: number
      readonly limit?: number
      readonly from?: string
      readonly to?: string
      readonly action?: 'login.succeeded' | 'login.failed' | 'login.locked' | 'logout' | 'session.ended' | 'access.denied' | 'user.created' | 'user.updated' | 'user.disabled' | 'user.enabled' | 'user.unlocked' | 'user.deleted' | 'user.password_changed' | 'user.second_factor_added' | 'user.second_factor_removed' | 'user.recovery_codes_made' | 'user.recovery_code_used' | 'user.identity_linked' | 'user.identity_unlinked' | 'user.identity_refused' | 'invitation.created' | 'invitation.accepted' | 'invitation.withdrawn' | 'service_account.created' | 'service_account.updated' | 'service_account.deleted' | 'trust_rule.created' | 'trust_rule.updated' | 'trust_rule.deleted' | 'trust_rule.refused' | 'token.created' | 'token.updated' | 'token.deleted' | 'group.created' | 'group.updated' | 'group.deleted' | 'group.member_added' | 'group.member_removed' | 'role.created' | 'role.updated' | 'role.deleted' | 'role.granted' | 'role.revoked' | 'role.last_administrator_lost' | 'channel.shared' | 'channel.share_updated' | 'channel.unshared' | 'channel.owner_changed' | 'audit.exported' | 'channel.created' | 'channel.updated' | 'channel.deleted' | 'channel.members_changed' | 'channel.member_lost' | 'channel.member_returned' | 'channel.member_dismissed' | 'channel.showing_allowed' | 'channel.showing_withdrawn' | 'channel.name_pinned' | 'channel.name_unpinned' | 'notice.created' | 'notice.deleted' | 'channel.frozen' | 'channel.unfrozen' | 'channel.rolled_back' | 'artifact.uploaded' | 'artifact.removed' | 'policy.created' | 'policy.updated' | 'policy.deleted' | 'policy.assigned' | 'policy.unassigned' | 'policy.explaining_changed' | 'attestation.added' | 'trusted_key.created' | 'trusted_key.deleted' | 'exception.requested' | 'exception.withdrawn' | 'exception.approved' | 'exception.refused' | 'exception.revoked' | 'exception.expiring' | 'exception.expired' | 'exception.ended' | 'hold.released' | 'mirror.created' | 'mirror.updated' | 'mirror.deleted' | 'mirror.started' | 'mirror.stopped' | 'mirror.completed' | 'mirror.failed' | 'advisories.imported' | 'advisories.held' | 'advisories.approved' | 'advisories.discarded' | 'advisories.rolled_back' | 'source.created' | 'source.updated' | 'source.deleted' | 'source.refresh_started' | 'mapping.imported' | 'identity.linked' | 'identity.refused' | 'identity.ruling_withdrawn' | 'statements.imported' | 'cve.status_proposed' | 'cve.status_set' | 'cve.status_refused' | 'cve.status_withdrawn' | 'cve.status_ended' | 'cve.status_expired' | 'storage.collected' | 'storage.checked' | 'storage.repaired'
      readonly actor_id?: string
      readonly target?: string
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly id: string
        /** Its place in the chain; null for events from before the chain */
        readonly seq: number | null
        readonly at: string
        readonly actor_id: string | null
        readonly actor_name: string | null
        /** Of the token or session */
        readonly credential_id: string | null
        readonly action: string
        readonly target: string
        readonly address: string | null
        readonly request_id: string | null
        readonly details: unknown
        readonly before: unknown
        readonly after: unknown
        readonly hash: string | null
      }[]
    }
  }
  /** Everything an event can say happened */
  'GET /api/audit/actions': {
    answer: readonly string[]
  }
  /** Audit events in their order, as JSON lines or CSV */
  'GET /api/audit/export': {
    query?: {
      readonly from?: string
      readonly to?: string
      readonly action?: 'login.succeeded' | 'login.failed' | 'login.locked' | 'logout' | 'session.ended' | 'access.denied' | 'user.created' | 'user.updated' | 'user.disabled' | 'user.enabled' | 'user.unlocked' | 'user.deleted' | 'user.password_changed' | 'user.second_factor_added' | 'user.second_factor_removed' | 'user.recovery_codes_made' | 'user.recovery_code_used' | 'user.identity_linked' | 'user.identity_unlinked' | 'user.identity_refused' | 'invitation.created' | 'invitation.accepted' | 'invitation.withdrawn' | 'service_account.created' | 'service_account.updated' | 'service_account.deleted' | 'trust_rule.created' | 'trust_rule.updated' | 'trust_rule.deleted' | 'trust_rule.refused' | 'token.created' | 'token.updated' | 'token.deleted' | 'group.created' | 'group.updated' | 'group.deleted' | 'group.member_added' | 'group.member_removed' | 'role.created' | 'role.updated' | 'role.deleted' | 'role.granted' | 'role.revoked' | 'role.last_administrator_lost' | 'channel.shared' | 'channel.share_updated' | 'channel.unshared' | 'channel.owner_changed' | 'audit.exported' | 'channel.created' | 'channel.updated' | 'channel.deleted' | 'channel.members_changed' | 'channel.member_lost' | 'channel.member_returned' | 'channel.member_dismissed' | 'channel.showing_allowed' | 'channel.showing_withdrawn' | 'channel.name_pinned' | 'channel.name_unpinned' | 'notice.created' | 'notice.deleted' | 'channel.frozen' | 'channel.unfrozen' | 'channel.rolled_back' | 'artifact.uploaded' | 'artifact.removed' | 'policy.created' | 'policy.updated' | 'policy.deleted' | 'policy.assigned' | 'policy.unassigned' | 'policy.explaining_changed' | 'attestation.added' | 'trusted_key.created' | 'trusted_key.deleted' | 'exception.requested' | 'exception.withdrawn' | 'exception.approved' | 'exception.refused' | 'exception.revoked' | 'exception.expiring' | 'exception.expired' | 'exception.ended' | 'hold.released' | 'mirror.created' | 'mirror.updated' | 'mirror.deleted' | 'mirror.started' | 'mirror.stopped' | 'mirror.completed' | 'mirror.failed' | 'advisories.imported' | 'advisories.held' | 'advisories.approved' | 'advisories.discarded' | 'advisories.rolled_back' | 'source.created' | 'source.updated' | 'source.deleted' | 'source.refresh_started' | 'mapping.imported' | 'identity.linked' | 'identity.refused' | 'identity.ruling_withdrawn' | 'statements.imported' | 'cve.status_proposed' | 'cve.status_set' | 'cve.status_refused' | 'cve.status_withdrawn' | 'cve.status_ended' | 'cve.status_expired' | 'storage.collected' | 'storage.checked' | 'storage.repaired'
      readonly actor_id?: string
      readonly target?: string
      readonly format?: 'jsonl' | 'csv'
    }
    answer: null
  }
  /** Whether the audit log was tampered with */
  'GET /api/audit/verify': {
    query?: {
      readonly noted?: string | readonly string[]
    }
    answer: {
      readonly events: number
      readonly unchained: number
      readonly head: {
        readonly seq: number
        readonly hash: string
      }
      readonly faults: readonly string[]
    }
  }
  /** The head of the audit log, signed by this server, to be kept elsewhere */
  'GET /api/audit/head': {
    answer: {
      readonly seq: number
      readonly hash: string
      /** The signed text (C2SP signed-note), as terrarium audit verify --head takes it */
      readonly note: string
      /** What checks the signature: note it once */
      readonly verifier_key: string
    }
  }
  /** What happened, the newest first */
  'GET /api/system/history': {
    query?: {
      readonly offset?: number
      readonly limit?: number
      readonly event_types?: string | readonly string[]
      readonly user_id?: string
    }
    answer: {
      readonly items: readonly {
        readonly event_id: string
        readonly event_type: string
        readonly data: Readonly<Record<string, unknown>>
        readonly meta: Readonly<Record<string, unknown>>
        /** Seconds since 1970 */
        readonly created: number
      }[]
    }
  }
  /** What I did, the newest first */
  'GET /api/account/history': {
    query?: {
      readonly offset?: number
      readonly limit?: number
      readonly event_types?: string | readonly string[]
    }
    answer: {
      readonly items: readonly {
        readonly event_id: string
        readonly event_type: string
        readonly data: Readonly<Record<string, unknown>>
        readonly meta: Readonly<Record<string, unknown>>
        /** Seconds since 1970 */
        readonly created: number
      }[]
    }
  }
  /** What happened in a channel, the newest first */
  'GET /api/channels/{channel}/history': {
    params: {
      readonly channel: string
    }
    query?: {
      readonly offset?: number
      readonly limit?: number
      readonly event_types?: string | readonly string[]
    }
    answer: {
      readonly items: readonly {
        readonly event_id: string
        readonly event_type: string
        readonly data: Readonly<Record<string, unknown>>
        readonly meta: Readonly<Record<string, unknown>>
        /** Seconds since 1970 */
        readonly created: number
      }[]
    }
  }
  /** What clients are served, and how far the monolithic files are behind the shards */
  'GET /api/channels/{channel}/index': {
    params: {
      readonly channel: string
    }
    answer: {
      /** Of the shards */
      readonly revision: number
      readonly revised_at: string
      /** Of repodata.json and all other files of a whole revision */
      readonly rendered_revision: number
      /** When those became what clients see */
      readonly rendered_at: string
      /** For how long clients of repodata.json have not seen a change */
      readonly lag_ms: number
      readonly subdirs: readonly {
        readonly subdir: string
        readonly file_count: number
        /** Files that no policy keeps from clients */
        readonly served_count: number
        readonly files: readonly {
          readonly filename: string
          readonly size: number
          readonly sha256: string
        }[]
      }[]
    }
  }
  /** Why a file is blocked or not, and what is allowed instead */
  'GET /api/channels/{channel}/explain/{subdir}/{filename}': {
    params: {
      readonly channel: string
      readonly subdir: string
      readonly filename: string
    }
    answer: {
      readonly effect: 'allow' | 'warn' | 'hide' | 'hold' | 'deny'
      readonly message: string
      readonly decision: Decision
      readonly facts: ArtifactFacts
      readonly alternatives: readonly {
        readonly name: string
        readonly version: string
        readonly build: string
        readonly build_number: number
        readonly subdir: string
        readonly filename: string
        readonly relation: 'other-build' | 'next-version' | 'newest' | 'previous-version'
      }[]
      /** Only of a file whose bytes a check of the storage found damaged */
      readonly damage?: {
        /** What is wrong with the bytes */
        readonly found: string
        readonly found_at: string
        /** `aside`: it has to be uploaded again; `awaited`: it comes again from its mirror */
        readonly state: 'found' | 'aside' | 'awaited'
        /** What was done */
        readonly action: string | null
        readonly acted_at: string | null
        readonly way_out: string
      }
    }
  }
  /** Ask for an exception: for files, a package or a CVE */
  'POST /api/channels/{channel}/exceptions': {
    params: {
      readonly channel: string
    }
    body: {
      /** subdir/filename, as in the block message */
      readonly files?: readonly string[]
      /** A match spec: openssl 1.1.1* */
      readonly package?: string
      /** Only these; without it, what blocks now */
      readonly cves?: readonly string[]
      /** Why it is needed */
      readonly reason: string
      /** What is done instead, to carry the risk */
      readonly compensating_control?: string
      /** In 30 days without it, in 366 at most */
      readonly expires_at?: string
      /** It ends as soon as the channel allows a version without the CVEs */
      readonly until_fixed?: boolean
    }
    answer: {
      readonly id: string
      readonly channel: string
      readonly kind: 'exception' | 'release'
      readonly state: 'requested' | 'approved' | 'refused' | 'withdrawn' | 'revoked' | 'expired' | 'fixed'
      readonly files: readonly string[] | null
      readonly package: string | null
      readonly lifts: readonly {
        readonly policy: string
        /** null: every rule of the policy */
        readonly rule: string | null
        /** Only these are left out of account; null: all of the rule */
        readonly cves: readonly string[] | null
      }[]
      readonly cves: readonly string[]
      readonly reason: string
      readonly compensating_control: string | null
      readonly until_fixed: boolean
      readonly expires_at: string | null
      /** Id of the account */
      readonly requested_by: string
      readonly requested_by_name: string
      readonly requested_at: string
      readonly decided_by: string | null
      readonly decided_by_name: string | null
      readonly decided_at: string | null
      readonly decision_note: string | null
      readonly ended_at: string | null
      readonly end_cause: string | null
    }
  }
  /** Exceptions of a channel: all for those who decide them, one's own for others */
  'GET /api/channels/{channel}/exceptions': {
    params: {
      readonly channel: string
    }
    query?: {
      readonly offset?: number
      readonly limit?: number
      readonly state?: 'requested' | 'approved' | 'refused' | 'withdrawn' | 'revoked' | 'expired' | 'fixed'
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly id: string
        readonly channel: string
        readonly kind: 'exception' | 'release'
        readonly state: 'requested' | 'approved' | 'refused' | 'withdrawn' | 'revoked' | 'expired' | 'fixed'
        readonly files: readonly string[] | null
        readonly package: string | null
        readonly lifts: readonly {
          readonly policy: string
          /** null: every rule of the policy */
          readonly rule: string | null
          /** Only these are left out of account; null: all of the rule */
          readonly cves: readonly string[] | null
        }[]
        readonly cves: readonly string[]
        readonly reason: string
        readonly compensating_control: string | null
        readonly until_fixed: boolean
        readonly expires_at: string | null
        /** Id of the account */
        readonly requested_by: string
        readonly requested_by_name: string
        readonly requested_at: string
        readonly decided_by: string | null
        readonly decided_by_name: string | null
        readonly decided_at: string | null
        readonly decision_note: string | null
        readonly ended_at: string | null
        readonly end_cause: string | null
      }[]
    }
  }
  /** Exceptions of all channels for those who oversee them, one's own for others */
  'GET /api/exceptions': {
    query?: {
      readonly offset?: number
      readonly limit?: number
      readonly state?: 'requested' | 'approved' | 'refused' | 'withdrawn' | 'revoked' | 'expired' | 'fixed'
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly id: string
        readonly channel: string
        readonly kind: 'exception' | 'release'
        readonly state: 'requested' | 'approved' | 'refused' | 'withdrawn' | 'revoked' | 'expired' | 'fixed'
        readonly files: readonly string[] | null
        readonly package: string | null
        readonly lifts: readonly {
          readonly policy: string
          /** null: every rule of the policy */
          readonly rule: string | null
          /** Only these are left out of account; null: all of the rule */
          readonly cves: readonly string[] | null
        }[]
        readonly cves: readonly string[]
        readonly reason: string
        readonly compensating_control: string | null
        readonly until_fixed: boolean
        readonly expires_at: string | null
        /** Id of the account */
        readonly requested_by: string
        readonly requested_by_name: string
        readonly requested_at: string
        readonly decided_by: string | null
        readonly decided_by_name: string | null
        readonly decided_at: string | null
        readonly decision_note: string | null
        readonly ended_at: string | null
        readonly end_cause: string | null
      }[]
    }
  }
  /** The risk that exceptions in force carry: scores, KEV, EPSS, and downloads since they were granted */
  'GET /api/exceptions/risks': {
    query?: {
      readonly offset?: number
      readonly limit?: number
      readonly channel?: string
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly id: string
        readonly channel: string
        readonly kind: 'exception' | 'release'
        readonly state: 'requested' | 'approved' | 'refused' | 'withdrawn' | 'revoked' | 'expired' | 'fixed'
        readonly files: readonly string[] | null
        readonly package: string | null
        readonly lifts: readonly {
          readonly policy: string
          /** null: every rule of the policy */
          readonly rule: string | null
          /** Only these are left out of account; null: all of the rule */
          readonly cves: readonly string[] | null
        }[]
        readonly cves: readonly string[]
        readonly reason: string
        readonly compensating_control: string | null
        readonly until_fixed: boolean
        readonly expires_at: string | null
        /** Id of the account */
        readonly requested_by: string
        readonly requested_by_name: string
        readonly requested_at: string
        readonly decided_by: string | null
        readonly decided_by_name: string | null
        readonly decided_at: string | null
        readonly decision_note: string | null
        readonly ended_at: string | null
        readonly end_cause: string | null
        readonly risk: {
          readonly cves: readonly {
            readonly id: string
            readonly score: number | null
            readonly severity: string | null
            /** Known to be exploited */
            readonly kev: boolean
            /** Probability of exploitation within 30 days, 0 to 1 */
            readonly epss: number | null
          }[]
          readonly highest_score: number | null
          readonly highest_epss: number | null
          /** Any of the CVEs is known to be exploited */
          readonly kev: boolean
          /** Files of the channel that it is for */
          readonly files: number
          readonly downloads_since_granted: number
        }
      }[]
    }
  }
  /** One exception */
  'GET /api/exceptions/{id}': {
    params: {
      readonly id: string
    }
    answer: {
      readonly id: string
      readonly channel: string
      readonly kind: 'exception' | 'release'
      readonly state: 'requested' | 'approved' | 'refused' | 'withdrawn' | 'revoked' | 'expired' | 'fixed'
      readonly files: readonly string[] | null
      readonly package: string | null
      readonly lifts: readonly {
        readonly policy: string
        /** null: every rule of the policy */
        readonly rule: string | null
        /** Only these are left out of account; null: all of the rule */
        readonly cves: readonly string[] | null
      }[]
      readonly cves: readonly string[]
      readonly reason: string
      readonly compensating_control: string | null
      readonly until_fixed: boolean
      readonly expires_at: string | null
      /** Id of the account */
      readonly requested_by: string
      readonly requested_by_name: string
      readonly requested_at: string
      readonly decided_by: string | null
      readonly decided_by_name: string | null
      readonly decided_at: string | null
      readonly decision_note: string | null
      readonly ended_at: string | null
      readonly end_cause: string | null
    }
  }
  /** Grant an exception that somebody else asked for; it acts at once */
  'POST /api/exceptions/{id}/approve': {
    params: {
      readonly id: string
    }
    body: {
      readonly note?: string
      /** Sooner or later than was asked for */
      readonly expires_at?: string
      readonly compensating_control?: string
    }
    answer: {
      readonly id: string
      readonly channel: string
      readonly kind: 'exception' | 'release'
      readonly state: 'requested' | 'approved' | 'refused' | 'withdrawn' | 'revoked' | 'expired' | 'fixed'
      readonly files: readonly string[] | null
      readonly package: string | null
      readonly lifts: readonly {
        readonly policy: string
        /** null: every rule of the policy */
        readonly rule: string | null
        /** Only these are left out of account; null: all of the rule */
        readonly cves: readonly string[] | null
      }[]
      readonly cves: readonly string[]
      readonly reason: string
      readonly compensating_control: string | null
      readonly until_fixed: boolean
      readonly expires_at: string | null
      /** Id of the account */
      readonly requested_by: string
      readonly requested_by_name: string
      readonly requested_at: string
      readonly decided_by: string | null
      readonly decided_by_name: string | null
      readonly decided_at: string | null
      readonly decision_note: string | null
      readonly ended_at: string | null
      readonly end_cause: string | null
    }
  }
  /** Refuse an exception, and say why */
  'POST /api/exceptions/{id}/refuse': {
    params: {
      readonly id: string
    }
    body: {
      readonly note: string
    }
    answer: {
      readonly id: string
      readonly channel: string
      readonly kind: 'exception' | 'release'
      readonly state: 'requested' | 'approved' | 'refused' | 'withdrawn' | 'revoked' | 'expired' | 'fixed'
      readonly files: readonly string[] | null
      readonly package: string | null
      readonly lifts: readonly {
        readonly policy: string
        /** null: every rule of the policy */
        readonly rule: string | null
        /** Only these are left out of account; null: all of the rule */
        readonly cves: readonly string[] | null
      }[]
      readonly cves: readonly string[]
      readonly reason: string
      readonly compensating_control: string | null
      readonly until_fixed: boolean
      readonly expires_at: string | null
      /** Id of the account */
      readonly requested_by: string
      readonly requested_by_name: string
      readonly requested_at: string
      readonly decided_by: string | null
      readonly decided_by_name: string | null
      readonly decided_at: string | null
      readonly decision_note: string | null
      readonly ended_at: string | null
      readonly end_cause: string | null
    }
  }
  /** End an exception that is in force, and say why; it acts at once */
  'POST /api/exceptions/{id}/revoke': {
    params: {
      readonly id: string
    }
    body: {
      readonly note: string
    }
    answer: {
      readonly id: string
      readonly channel: string
      readonly kind: 'exception' | 'release'
      readonly state: 'requested' | 'approved' | 'refused' | 'withdrawn' | 'revoked' | 'expired' | 'fixed'
      readonly files: readonly string[] | null
      readonly package: string | null
      readonly lifts: readonly {
        readonly policy: string
        /** null: every rule of the policy */
        readonly rule: string | null
        /** Only these are left out of account; null: all of the rule */
        readonly cves: readonly string[] | null
      }[]
      readonly cves: readonly string[]
      readonly reason: string
      readonly compensating_control: string | null
      readonly until_fixed: boolean
      readonly expires_at: string | null
      /** Id of the account */
      readonly requested_by: string
      readonly requested_by_name: string
      readonly requested_at: string
      readonly decided_by: string | null
      readonly decided_by_name: string | null
      readonly decided_at: string | null
      readonly decision_note: string | null
      readonly ended_at: string | null
      readonly end_cause: string | null
    }
  }
  /** Take back one's own request */
  'POST /api/exceptions/{id}/withdraw': {
    params: {
      readonly id: string
    }
    answer: {
      readonly id: string
      readonly channel: string
      readonly kind: 'exception' | 'release'
      readonly state: 'requested' | 'approved' | 'refused' | 'withdrawn' | 'revoked' | 'expired' | 'fixed'
      readonly files: readonly string[] | null
      readonly package: string | null
      readonly lifts: readonly {
        readonly policy: string
        /** null: every rule of the policy */
        readonly rule: string | null
        /** Only these are left out of account; null: all of the rule */
        readonly cves: readonly string[] | null
      }[]
      readonly cves: readonly string[]
      readonly reason: string
      readonly compensating_control: string | null
      readonly until_fixed: boolean
      readonly expires_at: string | null
      /** Id of the account */
      readonly requested_by: string
      readonly requested_by_name: string
      readonly requested_at: string
      readonly decided_by: string | null
      readonly decided_by_name: string | null
      readonly decided_at: string | null
      readonly decision_note: string | null
      readonly ended_at: string | null
      readonly end_cause: string | null
    }
  }
  /** Release files from a hold; it acts at once */
  'POST /api/channels/{channel}/releases': {
    params: {
      readonly channel: string
    }
    body: {
      readonly files: readonly string[]
      readonly reason: string
    }
    answer: {
      readonly id: string
      readonly channel: string
      readonly kind: 'exception' | 'release'
      readonly state: 'requested' | 'approved' | 'refused' | 'withdrawn' | 'revoked' | 'expired' | 'fixed'
      readonly files: readonly string[] | null
      readonly package: string | null
      readonly lifts: readonly {
        readonly policy: string
        /** null: every rule of the policy */
        readonly rule: string | null
        /** Only these are left out of account; null: all of the rule */
        readonly cves: readonly string[] | null
      }[]
      readonly cves: readonly string[]
      readonly reason: string
      readonly compensating_control: string | null
      readonly until_fixed: boolean
      readonly expires_at: string | null
      /** Id of the account */
      readonly requested_by: string
      readonly requested_by_name: string
      readonly requested_at: string
      readonly decided_by: string | null
      readonly decided_by_name: string | null
      readonly decided_at: string | null
      readonly decision_note: string | null
      readonly ended_at: string | null
      readonly end_cause: string | null
    }
  }
  /** Why a match spec gets what it gets: each candidate with its evidence, and the way out */
  'GET /api/explain': {
    query: {
      readonly channel: string
      readonly spec: string
      readonly platform?: string
    }
    answer: {
      readonly channel: string
      readonly name: string
      readonly candidate_count: number
      /** Candidates that solvers see */
      readonly listed_count: number
      /** Candidates that can be downloaded */
      readonly served_count: number
      /** The newest first, 200 at most */
      readonly candidates: readonly {
        /** subdir/filename */
        readonly file: string
        readonly version: string
        readonly build: string
        readonly effect: 'allow' | 'warn' | 'hide' | 'hold' | 'deny'
        readonly message: string
        readonly reasons: readonly {
          readonly policy: string
          readonly rule: string
          readonly effect: 'allow' | 'warn' | 'hide' | 'hold' | 'deny'
          readonly text: string
        }[]
        /** Only of a file whose bytes a check of the storage found damaged */
        readonly damage?: {
          /** What is wrong with the bytes */
          readonly found: string
          readonly found_at: string
          /** `aside`: it has to be uploaded again; `awaited`: it comes again from its mirror */
          readonly state: 'found' | 'aside' | 'awaited'
          /** What was done */
          readonly action: string | null
          readonly acted_at: string | null
          readonly way_out: string
        }
        readonly decision: Decision
        /** When time alone changes it */
        readonly next_change_at: string | null
        /** The page for people */
        readonly why_url: string
      }[]
      /** What is allowed instead, when no candidate is */
      readonly alternatives: readonly {
        readonly name: string
        readonly version: string
        readonly build: string
        readonly build_number: number
        readonly subdir: string
        readonly filename: string
        readonly relation: 'other-build' | 'next-version' | 'newest' | 'previous-version'
      }[]
    }
  }
  /** Every file of a channel that clients cannot have, for a policy or for its bytes, with the cause */
  'GET /api/channels/{channel}/files-filtered': {
    params: {
      readonly channel: string
    }
    query?: {
      readonly offset?: number
      readonly limit?: number
      readonly q?: string
    }
    answer: {
      readonly total_count: number
      readonly items: readonly {
        readonly channel_id: string
        readonly channel_name: string
        readonly ckey: string
        readonly filtered_cause: 'only_specs' | 'exclude_specs' | 'duplicated_legacy_conda' | 'cve' | 'license' | 'date' | 'signed' | 'platforms' | 'damaged' | null
        readonly change: 'removed'
        readonly mirror_id: string | null
        readonly created_at: string
        readonly effect: 'allow' | 'warn' | 'hide' | 'hold' | 'deny'
        readonly reasons: readonly {
          readonly policy: string
          readonly rule: string
          readonly effect: 'allow' | 'warn' | 'hide' | 'hold' | 'deny'
          readonly text: string
        }[]
        /** Only of a file whose bytes a check of the storage found damaged */
        readonly damage?: {
          /** What is wrong with the bytes */
          readonly found: string
          readonly found_at: string
          /** `aside`: it has to be uploaded again; `awaited`: it comes again from its mirror */
          readonly state: 'found' | 'aside' | 'awaited'
          /** What was done */
          readonly action: string | null
          readonly acted_at: string | null
          readonly way_out: string
        }
        readonly why_url: string
      }[]
    }
  }
  /** Every change of what is decided of a file, also of one that is gone, with its cause; newest first */
  'GET /api/channels/{channel}/explain/{subdir}/{filename}/history': {
    params: {
      readonly channel: string
      readonly subdir: string
      readonly filename: string
    }
    query?: {
      readonly offset?: number
      readonly limit?: number
    }
    answer: {
      readonly total_count: number
      readonly items: readonly DecisionChange[]
    }
  }
  /** What was decided of the files that a match spec asks for, on a past day */
  'GET /api/channels/{channel}/decisions': {
    params: {
      readonly channel: string
    }
    query: {
      readonly spec: string
      readonly at: string
      readonly platform?: string
    }
    answer: {
      readonly channel: string
      readonly name: string
      readonly at: string
      /** That the channel served then */
      readonly revision: number
      readonly candidate_count: number
      /** The newest first, 200 at most */
      readonly candidates: readonly {
        /** subdir/filename */
        readonly file: string
        readonly version: string
        readonly build: string
        readonly effect: 'allow' | 'warn' | 'hide' | 'hold' | 'deny'
        /** Whether the index that was served offered it to solvers */
        readonly listed: boolean
        readonly reasons: readonly {
          readonly policy: string
          readonly rule: string
          readonly effect: 'allow' | 'warn' | 'hide' | 'hold' | 'deny'
          readonly text: string
        }[]
        /** The change that was in force; null for a file that was allowed from its first day */
        readonly change: DecisionChange | null
      }[]
    }
  }
  /** A past decision made again, from the facts, policies and exceptions of its day */
  'GET /api/channels/{channel}/decisions/{change_id}': {
    params: {
      readonly channel: string
      readonly change_id: string
    }
    answer: {
      /** subdir/filename */
      readonly file: string
      readonly change: DecisionChange
      /** `not_kept`: recorded before the facts of decisions were; `damaged`: what is stored is not what was stored then */
      readonly outcome: 'same' | 'different' | 'not_kept' | 'damaged'
      /** Of what is damaged */
      readonly problem: string | null
      /** Where the two are not the same, as JSON, 20 at most */
      readonly differences: readonly {
        readonly path: string
        readonly recorded?: string
        readonly replayed?: string
      }[]
      /** As it comes out today */
      readonly replayed: Decision | null
      /** The instant it was decided for */
      readonly decided_at: string | null
      /** What was known of the file */
      readonly facts: ArtifactFacts | null
      /** That were in force */
      readonly policies: readonly {
        /** Whose policies were asked; of a virtual channel also the member */
        readonly channel: string
        readonly policy: string
        readonly version: number
        readonly mode: 'enforce' | 'audit'
        readonly mirror_id: string | null
        /** Ids of those that were granted */
        readonly exceptions: readonly string[]
      }[]
    }
  }
  /** What a policy, or taking one back, would change in a channel; nothing is changed */
  'POST /api/channels/{channel}/policy-preview': {
    params: {
      readonly channel: string
    }
    body: {
      /** The policy as it would be saved */
      readonly document?: string
      readonly filename?: string
      /** It would hold for what comes by this mirror */
      readonly mirror_id?: string
      /** The policy that would be taken back */
      readonly unassign?: string
      /** How many names to list */
      readonly names?: number
    }
    answer: {
      readonly file_count: number
      readonly name_count: number
      /** Files by what is decided of them now */
      readonly before: Readonly<Record<'allow' | 'warn' | 'hide' | 'hold' | 'deny', number>>
      readonly after: Readonly<Record<'allow' | 'warn' | 'hide' | 'hold' | 'deny', number>>
      readonly newly_blocked: number
      readonly newly_unblocked: number
      /** Files whose effect becomes another, in any direction */
      readonly changed_count: number
      /** Of the files that are newly blocked */
      readonly downloads_30_days: number
      readonly users: readonly {
        readonly user: string
        readonly downloads: number
      }[]
      readonly by_rule: readonly {
        readonly policy: string
        readonly rule: string
        readonly effect: 'allow' | 'warn' | 'hide' | 'hold' | 'deny'
        readonly newly_blocked: number
        readonly newly_unblocked: number
      }[]
      readonly by_subdir: readonly {
        readonly subdir: string
        readonly newly_blocked: number
        readonly newly_unblocked: number
      }[]
      /** Package names with a change */
      readonly names_count: number
      /** Of those, names without any allowed version afterwards */
      readonly none_left_count: number
      readonly names: readonly {
        readonly name: string
        readonly newly_blocked: number
        readonly newly_unblocked: number
        /** Allowed afterwards, the newest of them */
        readonly remaining_versions: readonly string[]
        readonly remaining_count: number
        /** It has an allowed version now and would have none */
        readonly none_left: boolean
        readonly downloads_30_days: number
        readonly users: readonly {
          readonly user: string
          readonly downloads: number
        }[]
      }[]
      readonly took_ms: {
        readonly load: number
        readonly decide: number
      }
    }
  }
  /** How far the server is with reading what previews of a channel wait for */
  'GET /api/channels/{channel}/policy-preview/progress': {
    params: {
      readonly channel: string
    }
    answer: {
      /** When not, a preview is answered at once */
      readonly preparing: boolean
      /** Package names */
      readonly done_count: number
      /** 0 while that is being found out */
      readonly total_count: number
    }
  }
  /** For providers: somebody signed out there (OpenID Connect Back-Channel Logout) */
  'POST /api/auth/backchannel-logout/{provider}': {
    params: {
      readonly provider: string
    }
    answer: null
  }
  /** Upload a package as to quetz: the body is the file */
  'POST /api/channels/{channel}/upload/{filename}': {
    params: {
      readonly channel: string
      readonly filename: string
    }
    query?: {
      readonly sha256?: string
    }
    answer: {
      readonly channel: string
      /** Path of the file in the channel */
      readonly ckey: string
      readonly family: 'conda'
      readonly name: string
      readonly size: number
      readonly url: string
      readonly metadata: {
        readonly version: string
        readonly build: string
        readonly build_number: number
        readonly subdir: string
        readonly filename: string
        readonly license: string | null
        readonly sha256: string
        /** What proved the bytes: the sha256 of the upstream, its weaker md5, or the upload itself; `announced` while they are still with the upstream of a passive mirror */
        readonly verified_by: 'sha256' | 'md5' | 'upload' | 'announced'
      }
      /** What the policies said at the last publish; `pending` before the first */
      readonly effect: 'allow' | 'warn' | 'hide' | 'hold' | 'deny' | 'pending'
      readonly reasons: readonly {
        readonly policy: string
        readonly rule: string
        readonly effect: string
        readonly text: string
      }[]
      /** Only of a file whose bytes a check of the storage found damaged */
      readonly damage?: {
        /** What is wrong with the bytes */
        readonly found: string
        readonly found_at: string
        /** `aside`: it has to be uploaded again; `awaited`: it comes again from its mirror */
        readonly state: 'found' | 'aside' | 'awaited'
        /** What was done */
        readonly action: string | null
        readonly acted_at: string | null
        readonly way_out: string
      }
      readonly created_at: string
      readonly updated_at: string
    }
  }
  /** Bring in a file of advisories, KEV or EPSS, or the mapping of conda names; the body is the file */
  'POST /api/advisories/import': {
    query: {
      readonly kind?: 'advisories' | 'kev' | 'epss' | 'mapping'
      readonly filename: string
    }
    answer: {
      readonly job_id: string
    }
  }
  /** Bring in OpenVEX, CSAF or CycloneDX, or curated statuses of Anaconda; the body is the file */
  'POST /api/curations/import': {
    query?: {
      readonly filename?: string
    }
    answer: {
      readonly format: 'openvex' | 'csaf' | 'cyclonedx' | 'anaconda'
      readonly author: string
      readonly trusted: boolean
      readonly in_force: number
      readonly proposed: number
      /** Said already in these words */
      readonly unchanged: number
      readonly skipped_count: number
      /** The first 200, each with its place and why */
      readonly skipped: readonly string[]
      readonly not_here_count: number
      /** Kept, and about packages that no channel has; the first 200 */
      readonly not_here: readonly string[]
    }
  }
}
