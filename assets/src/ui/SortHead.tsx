import { ArrowDown, ArrowUp } from 'lucide-react'
import { flipped, type Sort } from '../lib/sort.ts'

type Props = { name: string; column: string; sort: Sort; onSort: (sort: Sort) => void; number?: boolean }

/** The head of a column that sorts the table: once up, again down. */
export function SortHead({ name, column, sort, onSort, number = false }: Props) {
  const current = sort.column === column
  const Arrow = sort.descending ? ArrowDown : ArrowUp
  return (
    <th className={number ? 'number' : undefined} aria-sort={current ? (sort.descending ? 'descending' : 'ascending') : 'none'}>
      <button type="button" className="table-sort" onClick={() => onSort(flipped(sort, column))}>
        {name} {current ? <Arrow size={11} aria-hidden /> : null}
      </button>
    </th>
  )
}
