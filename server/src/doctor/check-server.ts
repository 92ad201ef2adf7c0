/** What a server as a whole stands on: the rows it cannot do without, its audit log, and somebody who can manage it. */
import { hasHead } from '../audit/remake-head.ts'
import { verifyChain } from '../audit/verify-chain.ts'
import { compareWithLog } from '../channels/remake-channel.ts'
import { hasAccessEpoch } from '../identity/access-epoch.ts'
import { administratorFaults } from '../identity/administrators.ts'
import { findPolicyFaults } from '../policies/remake-policies.ts'
import type { Check } from './check.ts'

export async function checkServer(check: Check): Promise<void> {
  const { db } = check.parts
  check.step({ step: 'checking accounts and the audit log', done: 0 })
  for (const message of await administratorFaults(db))
    check.add({ code: 'no-administrator', where: 'accounts', message })
  const { lost, shownOtherwise } = await compareWithLog(db)
  for (const { name, createdAt } of lost) {
    check.add({
      code: 'channel-missing',
      where: name,
      message: `the channel was made on ${createdAt.toISOString()}, nobody dropped it, and its row is gone`,
      place: { channel: name },
    })
  }
  for (const { name, privacy, said } of shownOtherwise) {
    check.add({
      code: 'channel-differs',
      where: name,
      message: `it is ${privacy}, and by the audit log it was made ${said}`,
      place: { channel: name },
    })
  }
  for (const { id, name, message } of await findPolicyFaults(db))
    check.add({ code: 'policy-differs', where: `policy ${name ?? id}`, message, place: { id } })
  if (!(await hasAccessEpoch(db))) {
    check.add({
      code: 'row-missing',
      where: 'access_epoch',
      message:
        'the row by which servers know that rights changed is gone: they answer every request with 500',
    })
  }
  if (await hasHead(db)) {
    for (const fault of (await verifyChain(db)).faults)
      check.add({ code: 'audit-broken', where: 'audit log', message: fault })
  } else {
    check.add({
      code: 'row-missing',
      where: 'audit_head',
      message: 'the end of the audit log is gone: every change is refused with 500',
    })
  }
}
