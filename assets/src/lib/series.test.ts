import { expect, test } from 'vitest'
import { toFiles, toSeries } from './series.ts'

test('a series has the rows of its key in order, with gaps as NaN', () => {
  const rows = [{ _step: 2, loss: 'NaN' }, { _step: 1, loss: 3 }, { _step: 3, other: 1 }]
  expect(toSeries(rows, '_step', 'loss')).toEqual({ x: Float64Array.of(1, 2), y: Float64Array.of(3, Number.NaN) })
})

test('files of a list are found under the name of its type', () => {
  const rows = [{ _step: 3, a: { _type: 'audio', audio: [{ path: 'media/a.wav' }, { caption: 'none' }] } }]
  expect(toFiles(rows, 'a')).toEqual([{ step: 3, files: [{ path: 'media/a.wav', caption: '' }] }])
})

test('one image and a list of images are both found', () => {
  const one = { _step: 0, sample: { _type: 'image-file', path: 'media/images/a.png', caption: 'cat' } }
  const many = { _step: 1, sample: { _type: 'images/separated', filenames: ['media/b.png', 'media/c.png'], captions: ['x', 'y'] } }
  expect(toFiles([one, many, { _step: 2 }], 'sample')).toEqual([
    { step: 0, files: [{ path: 'media/images/a.png', caption: 'cat' }] },
    { step: 1, files: [{ path: 'media/b.png', caption: 'x' }, { path: 'media/c.png', caption: 'y' }] },
  ])
})
