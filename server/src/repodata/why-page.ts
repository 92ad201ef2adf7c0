/**
 * The page for people behind the link in the message: why a file is blocked, what is allowed instead, and how
 * to ask. Works in any browser, without script; nothing on it is loaded.
 */
import { describeEvidence } from '../policies/evidence.ts'
import { blockedMessage } from '../policies/message.ts'
import { toDamageBody } from '../artifacts/damage.ts'
import type { Explanation } from './download-gate.ts'

export function renderWhyPage(explanation: Explanation): string {
  const { facts, decision, alternatives, damage, damaged } = explanation
  const path = `${facts.subdir}/${facts.filename}`
  const webPage = `/channels/${encodeURIComponent(facts.channel)}/packages/${encodeURIComponent(facts.name)}?file=${encodeURIComponent(path)}`
  const askPage = `/new/exception?${new URLSearchParams({ channel: facts.channel, file: path }).toString()}`
  const reasons = decision.reasons.map(({ policy, rule, effect, evidence, note }) =>
    [
      `<li><b>${escape(effect)}</b> by policy <b>${escape(policy)}</b>, rule <b>${escape(rule)}</b>`,
      ...(note === undefined ? [] : [`<p>${escape(note)}</p>`]),
      `<ul>${evidence.map((one) => `<li>${escape(describeEvidence(one))}</li>`).join('')}</ul></li>`,
    ].join('\n'),
  )
  const others = alternatives.map(
    ({ version, build, subdir, relation }) =>
      `<li><code>${escape(`${facts.name}=${version}=${build}`)}</code> for ${escape(subdir)} (${relationWords[relation]})</li>`,
  )
  const isBlocked = decision.effect !== 'allow' && decision.effect !== 'warn'
  return [
    '<!doctype html>',
    `<html lang="en"><head><meta charset="utf-8"><title>${escape(`${facts.name} ${facts.version}`)}</title>`,
    '<meta name="viewport" content="width=device-width">',
    '<style>body{font-family:sans-serif;max-width:50em;margin:2em auto;padding:0 1em;line-height:1.5;color-scheme:light dark}code,pre{font-family:monospace}pre{overflow-x:auto}</style>',
    `</head><body><main><h1>${escape(`${facts.name} ${facts.version}`)}</h1>`,
    `<p>${escape(blockedMessage({ facts, decision, alternatives, damage }))}</p>`,
    `<p>File: <code>${escape(path)}</code> in channel <code>${escape(facts.channel)}</code></p>`,
    reasons.length === 0 ? '' : `<h2>Why</h2><ul>${reasons.join('\n')}</ul>`,
    damaged === undefined ? '' : renderDamage(toDamageBody(damaged)),
    others.length === 0 ? '' : `<h2>Allowed instead</h2><ul>${others.join('\n')}</ul>`,
    isBlocked
      ? `<h2>If you need exactly this one</h2><p><a href="${escape(askPage)}">Ask for an exception</a>; somebody else decides it. Or from a terminal:</p><pre>terrarium exception request ${escape(path)} --channel ${escape(facts.channel)} --reason "..."</pre>`
      : '',
    `<p><a href="${escape(webPage)}">All versions of ${escape(facts.name)}</a></p>`,
    '</main></body></html>',
    '',
  ].join('\n')
}

function renderDamage(damage: ReturnType<typeof toDamageBody>): string {
  const lines = [
    `Found ${damage.found_at}: ${damage.found}`,
    damage.action === null
      ? 'Nothing was done about it yet'
      : `Done ${damage.acted_at ?? ''}: ${damage.action}`,
    `Way out: ${damage.way_out}`,
  ]
  return `<h2>Its bytes are damaged</h2><ul>${lines.map((line) => `<li>${escape(line)}</li>`).join('')}</ul>`
}

const relationWords = {
  'other-build': 'another build',
  'next-version': 'the next version',
  newest: 'the newest',
  'previous-version': 'the one before',
} as const

function escape(text: string): string {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/'/g, '&#39;')
}
