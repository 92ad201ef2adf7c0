import type { Privacy } from '../api/types.ts'
import type { Tone } from '../ui/tone.ts'

/** How the interface speaks of who may read a channel. */
export const privacyWords = {
  public: { word: 'Public', meaning: 'Everybody who reaches this server', tone: 'good' },
  authenticated: { word: 'Signed-in', meaning: 'Everybody with an account here', tone: 'muted' },
  private: { word: 'Private', meaning: 'Its owner and administrators', tone: 'none' },
} satisfies Record<Privacy, { word: string; meaning: string; tone: Tone }>

export const privacyChoices = Object.entries(privacyWords).map(([value, { word, meaning }]) => ({
  value,
  label: `${word}: ${meaning.charAt(0).toLowerCase()}${meaning.slice(1)}`,
}))
