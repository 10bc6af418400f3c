import { useMutation } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { download, toCsv } from '../lib/csv.ts'
import { Button } from './Button.tsx'
import { ErrorText } from './ErrorText.tsx'

type Cells = (string | number | null)[]

/** Makes a file of a table, of all its rows and not only of those on the page. */
export function CsvButton({ name, columns, rows }: { name: string; columns: string[]; rows: () => Promise<Cells[]> | Cells[] }) {
  const making = useMutation({ mutationFn: async () => download(`${name}.csv`, toCsv(columns, await rows())) })
  return (
    <>
      <Button disabled={making.isPending} onClick={() => making.mutate()}>
        <Download size={14} aria-hidden /> {making.isPending ? 'Fetching…' : 'CSV'}
        <span className="visually-hidden">{`: ${name}`}</span>
      </Button>
      <ErrorText error={making.error} />
    </>
  )
}
