// Tables as the client logs them.

export type Table = { columns: string[]; rows: unknown[][] }

/** A logged table's file. */
export function toTable(file: unknown): Table {
  const { columns, data } = (typeof file === 'object' && file !== null ? file : {}) as { columns?: unknown; data?: unknown }
  if (!Array.isArray(columns) || !Array.isArray(data)) throw new Error('the file of this table is not as the client writes it')
  return { columns: columns.map(String), rows: data.filter(Array.isArray) }
}

/** The rows of a table as a chart takes them, by column; texts for numbers that JSON has not become numbers. */
export function toRecords({ columns, rows }: Table): Record<string, unknown>[] {
  const special: Record<string, number> = { NaN: Number.NaN, Infinity, '-Infinity': -Infinity }
  const plain = (value: unknown) => (typeof value === 'string' && value in special ? special[value] : value)
  return rows.map((row) => Object.fromEntries(columns.map((column, index) => [column, plain(row[index])])))
}
