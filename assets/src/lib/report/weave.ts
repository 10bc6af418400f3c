// Blocks of the vendor's query language: only the names that they mention are read.

/** The constants in a query by the names of what they are given to: `entityName`, `projectName`, `artifactName`. */
export function constantsOf(query: unknown): Record<string, string> {
  const found: Record<string, string> = {}
  const visit = (value: unknown, depth: number) => {
    if (typeof value !== 'object' || value === null || depth > 40) return
    for (const [name, member] of Object.entries(value)) {
      const { nodeType, val } = (typeof member === 'object' && member !== null ? member : {}) as { nodeType?: unknown; val?: unknown }
      if (nodeType === 'const' && typeof val === 'string') found[name] ??= val
      else visit(member, depth + 1)
    }
  }
  visit(query, 0)
  return found
}
