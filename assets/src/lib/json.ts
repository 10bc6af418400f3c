// JSON as Python writes it: NaN and infinities may stand bare, which JSON proper does not know.

const TEXT_OR_BARE = /"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g

/** The value of JSON text; what is no number in JSON becomes the text `NaN`, `Infinity` or `-Infinity`. */
export function parsePythonJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return JSON.parse(text.replace(TEXT_OR_BARE, (token) => (token.startsWith('"') ? token : `"${token}"`)))
  }
}
