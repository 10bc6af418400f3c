// What the `/` menu offers.
import { KINDS, type Kind } from './commands.ts'

/** Blocks that are no text: what they ask for first is asked in a dialog. */
export type Insertion = 'grid' | 'formula' | 'markdown' | 'picture' | 'rule' | 'contents'

export type Offer = { name: string; words: string; kind: Kind } | { name: string; words: string; insertion: Insertion }

export const OFFERS: Offer[] = [
  { name: 'Panel grid', words: 'panels charts runs grid', insertion: 'grid' },
  ...KINDS.map(([kind, name]): Offer => ({ name, words: `${name} ${kind}`.toLowerCase(), kind })),
  { name: 'Formula', words: 'formula latex math equation', insertion: 'formula' },
  { name: 'Markdown', words: 'markdown table', insertion: 'markdown' },
  { name: 'Picture', words: 'picture image', insertion: 'picture' },
  { name: 'Line across', words: 'line rule divider horizontal', insertion: 'rule' },
  { name: 'Contents', words: 'contents table of contents toc', insertion: 'contents' },
]

/** Those that what was typed is the beginning of, by their names or by words for them. */
export function offersFor(typed: string): Offer[] {
  const sought = typed.trimEnd().split(' ')
  return OFFERS.filter(({ name, words }) => {
    const known = `${name.toLowerCase()} ${words}`.split(' ')
    return sought.every((part) => known.some((word) => word.startsWith(part)))
  })
}
