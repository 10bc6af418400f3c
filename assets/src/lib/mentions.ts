// Naming people in what is written: "@" and a user name.

/** What is being typed of a name: from the "@" on, up to the cursor. */
export type Begun = { at: number; query: string }

/** The name that is begun right before the cursor; null if none is. Within a word, as in an address, "@" names nobody. */
export function mentionBefore(text: string, cursor: number): Begun | null {
  const found = /(?:^|[^\p{L}\p{N}_.@/-])@([A-Za-z0-9][A-Za-z0-9._-]{0,63})?$/u.exec(text.slice(0, cursor))
  if (!found) return null
  const query = found[1] ?? ''
  return { at: cursor - query.length - 1, query }
}

/** The text with the name put in whole, and where the cursor is then. */
export function withMention(text: string, { at, query }: Begun, username: string): { text: string; cursor: number } {
  const after = text.slice(at + 1 + query.length)
  const name = `@${username}${/^[\s,.;:!?)]/.test(after) ? '' : ' '}`
  return { text: text.slice(0, at) + name + after, cursor: at + name.length }
}

/** A text cut into what names one of these people and what does not. */
export function splitMentions(text: string, usernames: readonly string[]): { text: string; isMention: boolean }[] {
  if (usernames.length === 0) return [{ text, isMention: false }]
  // Names that begin with others come first.
  const names = [...usernames].sort((left, right) => right.length - left.length).map((name) => name.replace(/[.\\+*?^$[\]{}()|/-]/g, '\\$&'))
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}_.@/-])@(?:${names.join('|')})(?![\\p{L}\\p{N}_-])`, 'giu')
  const parts: { text: string; isMention: boolean }[] = []
  let from = 0
  for (const { index, 0: name } of text.matchAll(pattern)) {
    if (index > from) parts.push({ text: text.slice(from, index), isMention: false })
    parts.push({ text: name, isMention: true })
    from = index + name.length
  }
  if (from < text.length) parts.push({ text: text.slice(from), isMention: false })
  return parts
}
