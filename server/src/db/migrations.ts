/** The migrations in the order they run. Forward only; a name, once released, never changes. */
import type { Migration } from 'kysely/migration'
import * as jobsAndSettings from './migrations/0001_jobs_and_settings.ts'
import * as identityAndAudit from './migrations/0002_identity_and_audit.ts'
import * as channelsAndArtifacts from './migrations/0003_channels_and_artifacts.ts'
import * as vulnerabilities from './migrations/0004_vulnerabilities.ts'
import * as policiesAndMirrors from './migrations/0005_policies_and_mirrors.ts'
import * as mirrorSchedules from './migrations/0010_mirror_schedules.ts'
import * as passiveMirrors from './migrations/0011_passive_mirrors.ts'
import * as noticesAndIndexedAt from './migrations/0015_notices_and_indexed_at.ts'
import * as time from './migrations/0020_time.ts'
import * as retention from './migrations/0021_retention.ts'
import * as vulnerabilitySignals from './migrations/0040_vulnerability_signals.ts'
import * as identityEvidence from './migrations/0041_identity_evidence.ts'
import * as packageTraits from './migrations/0060_package_traits.ts'
import * as policyAssignments from './migrations/0061_policy_assignments.ts'
import * as policyExceptions from './migrations/0062_policy_exceptions.ts'
import * as fileRequests from './migrations/0063_file_requests.ts'
import * as explainingChannels from './migrations/0064_explaining_channels.ts'
import * as access from './migrations/0070_access.ts'
import * as auditChain from './migrations/0071_audit_chain.ts'
import * as accounts from './migrations/0072_accounts.ts'
import * as virtualChannels from './migrations/0080_virtual_channels.ts'
import * as condemnedBlobs from './migrations/0085_condemned_blobs.ts'
import * as storageFindings from './migrations/0086_storage_findings.ts'
import * as advisorySources from './migrations/0100_advisory_sources.ts'
import * as curation from './migrations/0110_curation.ts'
import * as vulnerabilityChanges from './migrations/0111_vulnerability_changes.ts'
import * as identityRulings from './migrations/0112_identity_rulings.ts'
import * as signInWithProviders from './migrations/0120_sign_in_with_providers.ts'
import * as trustRules from './migrations/0121_trust_rules.ts'
import * as staleChannels from './migrations/0130_stale_channels.ts'
import * as pastMatches from './migrations/0150_past_matches.ts'
import * as noStagedAdvisories from './migrations/0151_no_staged_advisories.ts'
import * as markOfEveryName from './migrations/0160_mark_of_every_name.ts'
import * as policiesOfMirrors from './migrations/0163_policies_of_mirrors.ts'
import * as decisionInputs from './migrations/0166_decision_inputs.ts'
import * as severityBefore from './migrations/0164_severity_before.ts'
import * as signatures from './migrations/0170_signatures.ts'
import * as attestations from './migrations/0171_attestations.ts'
import * as oneIdentityPerIssuer from './migrations/0174_one_identity_per_issuer.ts'
import * as mirrorSuccesses from './migrations/0178_mirror_successes.ts'
import * as sealedUpstreams from './migrations/0179_sealed_upstreams.ts'
import * as damagedArtifacts from './migrations/0180_damaged_artifacts.ts'
import * as deletedPolicies from './migrations/0190_deleted_policies.ts'
import * as earlierCauses from './migrations/0200_earlier_causes.ts'
import * as lostMembers from './migrations/0201_lost_members.ts'

export const migrations: Record<string, Migration> = {
  '0001_jobs_and_settings': jobsAndSettings,
  '0002_identity_and_audit': identityAndAudit,
  '0003_channels_and_artifacts': channelsAndArtifacts,
  '0004_vulnerabilities': vulnerabilities,
  '0005_policies_and_mirrors': policiesAndMirrors,
  '0010_mirror_schedules': mirrorSchedules,
  '0011_passive_mirrors': passiveMirrors,
  '0015_notices_and_indexed_at': noticesAndIndexedAt,
  '0020_time': time,
  '0021_retention': retention,
  '0040_vulnerability_signals': vulnerabilitySignals,
  '0041_identity_evidence': identityEvidence,
  '0060_package_traits': packageTraits,
  '0061_policy_assignments': policyAssignments,
  '0062_policy_exceptions': policyExceptions,
  '0063_file_requests': fileRequests,
  '0064_explaining_channels': explainingChannels,
  '0070_access': access,
  '0071_audit_chain': auditChain,
  '0072_accounts': accounts,
  '0080_virtual_channels': virtualChannels,
  '0085_condemned_blobs': condemnedBlobs,
  '0086_storage_findings': storageFindings,
  '0100_advisory_sources': advisorySources,
  '0110_curation': curation,
  '0111_vulnerability_changes': vulnerabilityChanges,
  '0112_identity_rulings': identityRulings,
  '0120_sign_in_with_providers': signInWithProviders,
  '0121_trust_rules': trustRules,
  '0130_stale_channels': staleChannels,
  '0150_past_matches': pastMatches,
  '0151_no_staged_advisories': noStagedAdvisories,
  '0160_mark_of_every_name': markOfEveryName,
  '0163_policies_of_mirrors': policiesOfMirrors,
  '0166_decision_inputs': decisionInputs,
  '0164_severity_before': severityBefore,
  '0170_signatures': signatures,
  '0171_attestations': attestations,
  '0174_one_identity_per_issuer': oneIdentityPerIssuer,
  '0178_mirror_successes': mirrorSuccesses,
  '0179_sealed_upstreams': sealedUpstreams,
  '0180_damaged_artifacts': damagedArtifacts,
  '0190_deleted_policies': deletedPolicies,
  '0200_earlier_causes': earlierCauses,
  '0201_lost_members': lostMembers,
}
