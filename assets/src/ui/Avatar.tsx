import './avatar.css'

// Dark enough for white letters in both themes.
const COLORS = ['#2f5fa8', '#8a4b08', '#0f6b63', '#86285f', '#4d5a06', '#5a43b5', '#0b5f86', '#a13a4b']

/** A number that stays the same for a name. */
function numberOf(name: string): number {
  return [...name.toLowerCase()].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 99_991, 7)
}

/** The first letters of the first two words: "Red team" is RT. */
function initials(text: string): string {
  const words = text.split(/[^\p{L}\p{N}]+/u).filter(Boolean)
  const letters = words.length > 1 ? words.slice(0, 2).map((word) => [...word][0] ?? '') : [...(words[0] ?? '?')].slice(0, 2)
  return letters.join('').toUpperCase()
}

type Props = { /** Never changes, and so does the colour. */ name: string; shown: string; /** Where the picture is, if there is one. */ picture: string | null; size?: 24 | 48 | 96 }

/** The picture of a team, or its initials on a colour of its own. The name stands beside it. */
export function Avatar({ name, shown, picture, size = 48 }: Props) {
  if (picture) return <img className="picture" src={picture} width={size} height={size} alt="" />
  return (
    <span className="picture picture-letters" aria-hidden style={{ width: size, height: size, fontSize: size * 0.4, background: COLORS[numberOf(name) % COLORS.length] }}>
      {initials(shown)}
    </span>
  )
}
