// The order of a table, as an address holds it: `name`, or `-name` for the other way round.
export type Sort = { column: string; descending: boolean }

export function readSort(text: unknown, usual: string): Sort {
  const said = typeof text === 'string' && text !== '' ? text : usual
  return said.startsWith('-') ? { column: said.slice(1), descending: true } : { column: said, descending: false }
}

export const writeSort = ({ column, descending }: Sort) => (descending ? `-${column}` : column)

/** The order after a click on a column's head. */
export function flipped(sort: Sort, column: string): Sort {
  return { column, descending: sort.column === column && !sort.descending }
}

/** Sorted by what `value` gives for the column; what has no value comes last either way. */
export function sorted<Item>(items: Item[], { column, descending }: Sort, value: (item: Item, column: string) => string | number | null): Item[] {
  const sign = descending ? -1 : 1
  return [...items].sort((left, right) => {
    const [one, other] = [value(left, column), value(right, column)]
    if (one === null || other === null) return one === other ? 0 : one === null ? 1 : -1
    if (typeof one === 'number' && typeof other === 'number') return sign * (one - other)
    return sign * String(one).localeCompare(String(other), undefined, { numeric: true })
  })
}
