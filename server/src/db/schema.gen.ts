/** Made by `npm run generate` from the migrations. Do not edit. */
export interface DatabaseSchema {
  access_epoch: {
    id: string
    value: number
  }
  advisories: {
    key: string
    source: string
    id: string
    vulnerability_id: string
    state: string
    modified_at: number | null
    imported_at: number
    import_id: string
    content_sha256: string
    document: string
  }
  advisory_affected: {
    advisory_key: string
    position: number
    identity: string
    entry: string
  }
  advisory_imports: {
    id: string
    kind: string
    source_name: string
    filename: string
    imported_at: number
    data_at: number | null
    records: number
    added: number
    changed: number
    unchanged: number
    skipped: number
    skipped_lines: string
    state: string
    findings: string
    effects: string
    marker: string
    source_id: string | null
    activated_at: number | null
  }
  advisory_names: {
    advisory_key: string
    name: string
  }
  advisory_sources: {
    id: string
    name: string
    kind: string
    method: string
    address: string | null
    file_pattern: string
    licence: string
    is_automatic: number
    is_paused: number
    refresh_minutes: number
    next_refresh_at: number | null
    attempted_at: number | null
    refreshed_at: number | null
    data_at: number | null
    result: string | null
    message: string | null
    failures: number
    marker: string
    created_at: number
  }
  advisory_versions: {
    import_id: string
    key: string
    modified_at: number | null
    content_sha256: string
    document: string | null
  }
  artifacts: {
    sha256: string
    md5: string
    size: number
    inspection: string
    first_seen_at: number
    announced: number
    indexed_at: number | null
    link_scripts: number
    executables_in_noarch: number
  }
  attestations: {
    id: string
    channel_id: string
    subdir: string
    filename: string
    sha256: string
    bundle: string
    signers: string
    created_by: string | null
    created_at: number
  }
  audit_events: {
    id: string
    at: number
    actor_id: string | null
    action: string
    target: string
    details: string
    seq: number | null
    actor_name: string | null
    credential_id: string | null
    address: string | null
    request_id: string | null
    before: string | null
    after: string | null
    hash: string | null
  }
  audit_head: {
    id: string
    seq: number
    hash: string
    exported_seq: number
    streamed_seq: number
    updated_at: number | null
  }
  channel_changes: {
    id: string
    channel_id: string
    subdir: string
    name: string
    filename: string
    record: string | null
  }
  channel_files: {
    id: string
    channel_id: string
    subdir: string
    filename: string
    sha256: string
    state: string
    name: string
    version: string
    build: string
    build_number: number
    size: number
    licence: string | null
    licence_family: string | null
    built_at: number | null
    noarch: string | null
    record_sha256: string
    verified_by: string
    origin_kind: string
    origin_id: string
    origin_name: string
    effect: string | null
    decision: string | null
    added_at: number
    updated_at: number
    next_change_at: number | null
  }
  channel_notices: {
    id: string
    channel_id: string
    message: string
    level: string
    created_at: number
    expires_at: number
  }
  channel_shares: {
    channel_id: string
    subject_kind: string
    subject_id: string
    permission: string
    name_patterns: string | null
    created_at: number
    updated_at: number
  }
  channels: {
    id: string
    name: string
    description: string
    privacy: string
    owner_id: string
    revision: number
    rendered_revision: number
    created_at: number
    updated_at: number
    rendered_at: number | null
    newest_revision: number
    frozen: number
    keep_days: number | null
    kind: string
  }
  condemned_blobs: {
    sha256: string
    since: number
    deleted_at: number | null
  }
  curation_events: {
    id: string
    curation_id: string
    at: number
    actor_id: string | null
    kind: string
    document: string
  }
  curations: {
    id: string
    vulnerability_id: string
    conda_name: string
    sha256: string | null
    version: string | null
    build: string | null
    build_from: number | null
    build_to: number | null
    subdir: string | null
    channel: string | null
    status: string
    rank: number
    source: string
    author: string
    reason: string
    justification: string | null
    links: string
    origin: string | null
    needs_second: number
    state: string
    proposed_by: string | null
    proposed_at: number
    decided_by: string | null
    decided_at: number | null
    decision_note: string | null
    effective_at: number | null
    expires_at: number | null
    ended_at: number | null
  }
  damaged_artifacts: {
    sha256: string
    code: string
    found: string
    found_at: number
    state: string
    action: string | null
    acted_at: number | null
  }
  decision_changes: {
    id: string
    channel_id: string
    subdir: string
    filename: string
    at: number
    revision: number
    before: string | null
    after: string
    causes: string
    decision: string | null
    inputs: string | null
    decided_at: number | null
  }
  decision_inputs: {
    channel_id: string
    sha256: string
    body: string
  }
  epss_scores: {
    cve: string
    probability: number
    percentile: number
  }
  explaining_channels: {
    channel_id: string
  }
  fact_marks: {
    channel_id: string
    name: string
    mark: string
  }
  file_requests: {
    channel_id: string
    file_id: string
    day: number
    actor_id: string
    outcome: string
    count: number
    last_at: number
  }
  group_members: {
    group_id: string
    user_id: string
    permission: string
    source: string
    created_at: number
  }
  groups: {
    id: string
    name: string
    description: string
    is_remote: number
    created_at: number
    updated_at: number
  }
  identity_links: {
    source: string
    conda_name: string
    identity: string
    relation: string
    evidence: string | null
  }
  identity_rulings: {
    conda_name: string
    identity: string
    ruling: string
    relation: string
    reason: string
    actor_id: string
    author: string
    at: number
  }
  import_effects: {
    import_id: string
    position: number
    conda_name: string
    version: string
    vulnerability_id: string
    change: string
    before: string | null
    after: string | null
  }
  import_faults: {
    import_id: string
    position: number
    line: number
    reason: string
    record: string
  }
  invitations: {
    id: string
    name: string
    email: string | null
    secret_sha256: string
    roles: string
    groups: string
    invited_by: string
    created_at: number
    expires_at: number
  }
  jobs: {
    id: string
    kind: string
    payload: string
    state: string
    dedupe_key: string | null
    exclusive_key: string | null
    actor_id: string | null
    run_at: number
    attempts: number
    owner: string | null
    lease_until: number | null
    stop_requested: number
    progress: string | null
    result: string | null
    error: string | null
    created_at: number
    started_at: number | null
    finished_at: number | null
  }
  kev_entries: {
    cve: string
    name: string
    added_at: number
    due_at: number | null
    is_ransomware: number
    required_action: string
  }
  lost_names: {
    channel_id: string
    member_id: string
    name: string
  }
  mirror_rejections: {
    mirror_id: string
    subdir: string
    filename: string
    code: string
    message: string
    at: number
  }
  mirrors: {
    id: string
    channel_id: string
    name: string
    source_root: string
    filters: string
    state: string
    cause: string | null
    last_job_id: string | null
    last_run_at: number | null
    created_at: number
    updated_at: number
    cron: string | null
    next_run_at: number | null
    mode: string
    last_success_at: number | null
    sealed_source: string | null
  }
  past_matches: {
    conda_name: string
    version: string
    vulnerability_id: string
    platforms: string
    verdict: string
    confidence: number
    why: string
    fixed_in: string
    evidence: string
    matched_at: number
    ended_at: number
  }
  policies: {
    id: string
    name: string
    version: number
    document: string
    created_at: number
    updated_at: number
    mirror_id: string | null
    deleted_at: number | null
  }
  policy_assignments: {
    id: string
    policy_id: string
    scope: string
    target: string
    channel_id: string | null
    mirror_id: string | null
    mode: string
    created_at: number
  }
  policy_exceptions: {
    id: string
    channel_id: string
    kind: string
    state: string
    files: string | null
    package: string | null
    lifts: string
    reason: string
    control: string | null
    until_fixed: number
    expires_at: number | null
    requested_by: string
    requested_at: number
    decided_by: string | null
    decided_at: number | null
    decision_note: string | null
    ended_at: number | null
    end_cause: string | null
    reminded_at: number | null
  }
  policy_versions: {
    policy_id: string
    version: number
    document: string
    actor_id: string | null
    created_at: number
    reason: string | null
  }
  provider_sessions: {
    session_id: string
    issuer: string
    subject: string
    refresh_token: string | null
    id_token: string | null
    check_at: number
    failures: number
  }
  record_signatures: {
    channel_id: string
    subdir: string
    filename: string
    stamp: string
    signatures: string
  }
  recovery_codes: {
    user_id: string
    code_sha256: string
    created_at: number
  }
  revision_files: {
    channel_id: string
    number: number
    subdir: string
    filename: string
    sha256: string
    size: number
  }
  revision_names: {
    channel_id: string
    number: number
    name: string
    cause: string
    earlier_causes: string | null
  }
  revision_subdirs: {
    channel_id: string
    number: number
    subdir: string
    contents_sha256: string
    served_sha256: string
    contents_count: number
    served_count: number
  }
  revisions: {
    channel_id: string
    number: number
    created_at: number
    causes: string
  }
  role_grants: {
    role_id: string
    subject_kind: string
    subject_id: string
    source: string
    created_at: number
  }
  roles: {
    id: string
    name: string
    description: string
    is_built_in: number
    reach: string
    given_to: string
    permissions: string | null
    created_at: number
    updated_at: number
  }
  served_shards: {
    channel_id: string
    subdir: string
    sha256: string
    served_since: number
  }
  serving_periods: {
    channel_id: string
    sequence: number
    number: number
    since: number
  }
  sessions: {
    id: string
    user_id: string
    secret_sha256: string
    method: string
    created_at: number
    last_seen_at: number
    expires_at: number
    address: string | null
    user_agent: string | null
    provider_session: string | null
  }
  settings: {
    name: string
    value: string
  }
  stale_channels: {
    channel_id: string
    holder_id: string
    mark: string
    cause: string
    earlier_causes: string | null
  }
  stale_names: {
    channel_id: string
    name: string
    mark: string
    cause: string
    earlier_causes: string | null
  }
  storage_findings: {
    check_id: string
    position: number
    kind: string
    code: string
    subject: string
    message: string
    place: string | null
    outcome: string | null
    repair: string | null
  }
  tokens: {
    id: string
    user_id: string
    name: string
    secret_sha256: string
    created_at: number
    expires_at: number
    scopes: string | null
    resources: string | null
    metadata: string
    created_by: string | null
    last_used_at: number | null
    last_used_address: string | null
  }
  trust_rules: {
    id: string
    channel_id: string
    name: string
    issuer: string
    claims: string
    name_patterns: string | null
    user_id: string
    created_by: string | null
    created_at: number
    last_used_at: number | null
  }
  trusted_keys: {
    id: string
    label: string
    kind: string
    key_id: string
    public_key: string
    channel_id: string | null
    created_by: string | null
    created_at: number
  }
  used_assertions: {
    digest: string
    expires_at: number
  }
  user_identities: {
    issuer: string
    subject: string
    user_id: string
    created_at: number
    last_login_at: number | null
    confirmed_at: number | null
  }
  users: {
    id: string
    name: string
    password_hash: string | null
    is_admin: number
    is_disabled: number
    created_at: number
    kind: string
    display_name: string
    email: string | null
    channel_id: string | null
    last_login_at: number | null
    failed_logins: number
    locked_until: number | null
    totp_secret: string | null
    totp_confirmed_at: number | null
    totp_used_step: number | null
  }
  virtual_members: {
    channel_id: string
    member_id: string
    position: number
    before_public: number
    allowed: number
    lost: string | null
    lost_at: number | null
    lost_name: string | null
  }
  virtual_pins: {
    channel_id: string
    name: string
    member_id: string
    created_at: number
  }
  vulnerabilities: {
    id: string
    summary: string
    aliases: string
    sources: string
    published_at: number | null
    modified_at: number | null
    is_disputed: number
    score: number | null
    severity: string
    maximum_score: number | null
    scores: string
    libraries: string
    mentions: string
  }
  vulnerability_changes: {
    id: string
    vulnerability_id: string
    at: number
    kind: string
    old_score: number | null
    new_score: number | null
    old_severity: string | null
  }
  vulnerability_matches: {
    conda_name: string
    version: string
    vulnerability_id: string
    platforms: string
    verdict: string
    confidence: number
    why: string
    fixed_in: string
    evidence: string
    matched_at: number
  }
}
