// The charts that `wandb.plot` draws, as Vega-Lite over the table that was logged with each.
import type { Spec } from './customChart.ts'

type Texts = Record<string, string>
type Preset = (fields: Texts, strings: Texts) => Spec

/** A column's name as Vega-Lite reads it: dots and brackets would reach into the value. */
export const column = (name: string) => name.replace(/[\\.[\]]/g, '\\$&')

const data = { name: 'wandb' }
const axis = (name: string, type: string, more: object = {}) => ({ field: column(name), type, title: name, ...more })
const titled = (strings: Texts) => (strings['title'] ? { title: strings['title'] } : {})
const tooltips = (...names: string[]) => names.map((name) => ({ field: column(name), title: name }))

const line: Preset = (fields, strings) => {
  const { x = 'x', y = 'y', stroke } = fields
  return {
    ...titled(strings), data, mark: { type: 'line' },
    encoding: {
      x: axis(x, 'quantitative', { scale: { zero: false } }),
      y: axis(y, 'quantitative', { scale: { zero: false } }),
      ...(stroke ? { color: axis(stroke, 'nominal') } : {}),
      tooltip: tooltips(x, y, ...(stroke ? [stroke] : [])),
    },
  }
}

const lineSeries: Preset = (fields, strings) => {
  const { step = 'step', lineKey = 'lineKey', lineVal = 'lineVal' } = fields
  return {
    ...titled(strings), data, mark: { type: 'line' },
    encoding: {
      x: axis(step, 'quantitative', { title: strings['xname'] || step, scale: { zero: false } }),
      y: axis(lineVal, 'quantitative', { title: null, scale: { zero: false } }),
      color: axis(lineKey, 'nominal', { title: null }),
      tooltip: tooltips(step, lineKey, lineVal),
    },
  }
}

const bar: Preset = (fields, strings) => {
  const { label = 'label', value = 'value' } = fields
  return {
    ...titled(strings), data, mark: { type: 'bar' },
    encoding: { x: axis(value, 'quantitative'), y: axis(label, 'nominal', { sort: null }), tooltip: tooltips(label, value) },
  }
}

const scatter: Preset = (fields, strings) => {
  const { x = 'x', y = 'y' } = fields
  const range = { scale: { zero: false } }
  return {
    ...titled(strings), data, mark: { type: 'point', filled: true, opacity: 0.7 },
    encoding: { x: axis(x, 'quantitative', range), y: axis(y, 'quantitative', range), tooltip: tooltips(x, y) },
  }
}

const histogram: Preset = (fields, strings) => {
  const { value = 'value' } = fields
  return {
    ...titled(strings), data, mark: { type: 'bar' },
    encoding: { x: axis(value, 'quantitative', { bin: { maxbins: 30 } }), y: { aggregate: 'count', title: 'Count' }, tooltip: [{ aggregate: 'count', title: 'Count' }] },
  }
}

const confusionMatrix: Preset = (fields, strings) => {
  const { Actual: actual = 'Actual', Predicted: predicted = 'Predicted', nPredictions: count = 'nPredictions' } = fields
  const place = {
    x: axis(predicted, 'nominal', { title: 'Predicted', sort: null }),
    y: axis(actual, 'nominal', { title: 'Actual', sort: null }),
  }
  return {
    ...titled(strings), data,
    layer: [
      { mark: 'rect', encoding: { ...place, color: axis(count, 'quantitative', { title: 'Count', legend: null }), tooltip: tooltips(actual, predicted, count) } },
      { mark: { type: 'text', fontWeight: 600 }, encoding: { ...place, text: { field: column(count), type: 'quantitative' } } },
    ],
  }
}

const areaUnderCurve: Preset = (fields, strings) => {
  const { x = 'x', y = 'y', class: name = 'class' } = fields
  const unit = { scale: { domain: [0, 1] } }
  return {
    ...titled(strings), data, mark: { type: 'line' },
    encoding: {
      x: axis(x, 'quantitative', { ...unit, title: strings['x-axis-title'] || x }),
      y: axis(y, 'quantitative', { ...unit, title: strings['y-axis-title'] || y }),
      color: axis(name, 'nominal', { title: null }),
      // Points lie by their x; a curve may go straight up.
      order: { field: column(x), type: 'quantitative' },
      tooltip: tooltips(name, x, y),
    },
  }
}

/** By the names that the client gives them. */
export const presets: Record<string, Preset> = {
  'wandb/line/v0': line,
  'wandb/lineseries/v0': lineSeries,
  'wandb/bar/v0': bar,
  'wandb/scatter/v0': scatter,
  'wandb/histogram/v0': histogram,
  'wandb/confusion_matrix/v1': confusionMatrix,
  'wandb/area-under-curve/v0': areaUnderCurve,
}
