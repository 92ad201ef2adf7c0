/** What a colour stands for; styles.css has its text, ground and bar in both schemes. */
export const tones = ['good', 'notice', 'muted', 'wait', 'bad', 'none'] as const
export type Tone = (typeof tones)[number]

export function toneText(tone: Tone): { color: string; background: string } {
  return { color: `var(--${tone}-ink)`, background: `var(--${tone}-bg)` }
}

export function toneBar(tone: Tone): string {
  return `var(--${tone}-bar)`
}
