import { Button } from './Button.tsx'

/** What stands where a table would, when it has no rows: nothing there, or nothing that the filter lets through. */
export function EmptyRows({ text, filter, onClear }: { text: string; filter?: string; onClear?: () => void }) {
  return (
    <p className="table-empty" role="status">
      {filter ? <>Nothing matches “{filter}”. </> : text}
      {filter && onClear ? <Button onClick={onClear}>Clear the filter</Button> : null}
    </p>
  )
}
