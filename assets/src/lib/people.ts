/** The user names and addresses in a text that somebody typed or pasted, each once. */
export function peopleOf(text: string): string[] {
  const words = text.split(/[\s,;]+/).map((word) => word.replace(/^<(.+)>$/, '$1'))
  return [...new Set(words.filter(Boolean))]
}

/** What somebody is called; of who is not known any more, that. */
export function nameOf(person: { name: string | null; username: string | null } | null): string {
  return person?.name || person?.username || 'Somebody'
}
