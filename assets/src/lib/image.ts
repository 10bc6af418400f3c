// Charts as one picture.

const GAP = 16
const TITLE = 22

/** Hands the charts below an element to the browser as one PNG, with their titles and the names of their lines. */
export async function downloadCharts(element: Element, name: string, legend: { name: string; color: string }[]): Promise<void> {
  const charts = [...element.querySelectorAll('figure')].flatMap((figure) => {
    const canvas = figure.querySelector('canvas')
    return canvas && canvas.width > 0 ? [{ canvas, title: figure.querySelector('[title]')?.getAttribute('title') ?? '' }] : []
  })
  if (charts.length === 0) throw new Error('No chart is drawn yet.')
  const ratio = devicePixelRatio
  const style = getComputedStyle(document.documentElement)
  const color = (token: string) => style.getPropertyValue(token).trim()
  const [width, height] = [Math.max(...charts.map(({ canvas }) => canvas.width)), Math.max(...charts.map(({ canvas }) => canvas.height))]
  const columns = Math.min(3, charts.length)
  const cell = { width: width + GAP * ratio, height: height + (TITLE + GAP) * ratio }
  const rows = Math.ceil(charts.length / columns)
  const picture = document.createElement('canvas')
  picture.width = columns * cell.width + GAP * ratio
  picture.height = rows * cell.height + (legend.length * 18 + 2 * GAP) * ratio
  const context = picture.getContext('2d')
  if (!context) throw new Error('This browser draws no pictures.')
  context.fillStyle = color('--surface')
  context.fillRect(0, 0, picture.width, picture.height)
  context.font = `${12 * ratio}px ${color('--font')}`
  context.textBaseline = 'middle'
  charts.forEach(({ canvas, title }, index) => {
    const [x, y] = [GAP * ratio + (index % columns) * cell.width, GAP * ratio + Math.floor(index / columns) * cell.height]
    context.fillStyle = color('--text')
    context.fillText(title, x, y + (TITLE / 2) * ratio, width)
    context.drawImage(canvas, x, y + TITLE * ratio)
  })
  legend.forEach((line, index) => {
    const y = rows * cell.height + (GAP + 9 + index * 18) * ratio
    context.fillStyle = line.color
    context.fillRect(GAP * ratio, y - ratio, 14 * ratio, 3 * ratio)
    context.fillStyle = color('--text')
    context.fillText(line.name, (GAP + 22) * ratio, y)
  })
  const blob = await new Promise<Blob | null>((resolve) => picture.toBlob(resolve, 'image/png'))
  if (!blob) throw new Error('The picture is too large for this browser.')
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = `${name}.png`
  link.click()
  URL.revokeObjectURL(url)
}
