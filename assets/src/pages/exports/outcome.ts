import type { Export, Import } from '../../api/exports.ts'
import { counted, formatSize } from '../../lib/format.ts'

/** How it stands with an export, in words. */
export function outcome(one: Export): string {
  const runs = `${one.runs_done.toLocaleString()} of ${counted(one.runs_total, 'run')}`
  const leftOut = one.left_out > 0 ? `; ${counted(one.left_out, 'thing')} that you may not read any more ${one.left_out === 1 ? 'is' : 'are'} not in it` : ''
  switch (one.state) {
    case 'running':
      return one.runs_total === 0 ? 'Waiting for its turn' : `Going on: ${runs}, ${formatSize(one.bytes)} so far`
    case 'done':
      return `Ready: ${formatSize(one.bytes)}${leftOut}`
    case 'failed':
      return `Failed: ${one.reason ?? 'for no reason that is known'}`
    case 'cancelled':
      return 'Cancelled'
    case 'expired':
      return 'Its time is over; export again'
  }
}

/** How it stands with an import, in words. */
export function importOutcome(one: Import): string {
  const came = `${counted(one.runs_imported, 'run')} and ${counted(one.versions_imported, 'artifact version')} came in`
  const known = one.runs_known + one.versions_known > 0 ? `, ${(one.runs_known + one.versions_known).toLocaleString()} were here already` : ''
  const skipped = one.skipped > 0 ? `, ${one.skipped.toLocaleString()} did not come in` : ''
  switch (one.state) {
    case 'running':
      return one.read_bytes < one.bytes ? `Checking the file: ${percent(one.read_bytes, one.bytes)}` : `Taking it in: ${percent(one.read_bytes - one.bytes, one.bytes)}; ${came}`
    case 'done':
      return `${came}${known}${skipped}`
    case 'failed':
      return `Failed: ${one.reason ?? 'for no reason that is known'}`
    case 'cancelled':
      return `Cancelled; ${came}`
  }
}

const percent = (part: number, whole: number) => `${Math.floor((100 * part) / Math.max(whole, 1))} %`
