// Places for what stands beside a text: each as near to its words as the others let it.

export type Beside = { /** Where its words are, from the top, in pixels. */ want: number; height: number }

/**
 * The top of each, in the order given, which is that of their words. None lies over another. The one at `fixed` stands right beside its
 * words, and those above it make room; without one all keep below each other and below the top.
 */
export function stack(items: readonly Beside[], gap: number, fixed: number | null = null): number[] {
  const tops: number[] = []
  let free = 0
  for (const [index, { want, height }] of items.entries()) {
    const top = index === fixed ? want : Math.max(want, free)
    tops.push(top)
    free = top + height + gap
  }
  if (fixed === null) return tops
  let below = tops[fixed] ?? 0
  for (let index = fixed - 1; index >= 0; index -= 1) {
    const top = Math.min(tops[index] ?? 0, below - gap - (items[index]?.height ?? 0))
    tops[index] = top
    below = top
  }
  // Nothing goes out of sight above.
  const short = Math.max(0, -(tops[0] ?? 0))
  if (short === 0) return tops
  free = 0
  return tops.map((top, index) => {
    const moved = Math.max(index <= fixed ? top + short : top, free)
    free = moved + (items[index]?.height ?? 0) + gap
    return moved
  })
}
