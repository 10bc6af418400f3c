// Markdown as elements of the page: nothing in it runs, styles, or is loaded from elsewhere.
import DOMPurify from 'dompurify'
import { marked } from 'marked'
import { isOurs } from './ours.ts'

/** What a text in Markdown says, to be put into the page. */
export function markdown(text: string): DocumentFragment {
  const html = marked.parse(text, { async: false, gfm: true })
  const made = DOMPurify.sanitize(html, { RETURN_DOM_FRAGMENT: true, FORBID_TAGS: ['style', 'form', 'input', 'button', 'textarea', 'select', 'video', 'audio', 'source', 'svg', 'math'], FORBID_ATTR: ['style', 'id', 'class', 'name', 'srcset', 'background'] })
  for (const picture of made.querySelectorAll('img')) {
    const address = picture.getAttribute('src') ?? ''
    if (!isOurs(address)) picture.replaceWith(linkTo(address, picture.alt || address))
  }
  for (const link of made.querySelectorAll('a')) {
    link.target = '_blank'
    link.rel = 'noreferrer noopener'
  }
  // The page has one h1, which is the report's.
  for (const heading of made.querySelectorAll('h1, h2, h3, h4, h5, h6')) {
    const level = Math.min(6, Number(heading.tagName.slice(1)) + 1)
    const lower = document.createElement(`h${level}`)
    lower.append(...heading.childNodes)
    heading.replaceWith(lower)
  }
  for (const table of made.querySelectorAll('table')) table.className = 'table'
  return made
}

function linkTo(address: string, text: string): HTMLAnchorElement {
  const link = document.createElement('a')
  link.href = /^https?:/i.test(address) ? address : '#'
  link.textContent = text
  return link
}
