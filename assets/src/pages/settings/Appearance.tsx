import { useState, useSyncExternalStore } from 'react'
import { chooseDensity, chooseTheme, chosenTheme, currentDensity, onThemeChange, type Density, type ThemeChoice } from '../../lib/theme.ts'
import { Select } from '../../ui/Select.tsx'

const THEMES: [ThemeChoice, string][] = [['system', 'As the system'], ['light', 'Light'], ['dark', 'Dark']]
const DENSITIES: [Density, string][] = [['normal', 'Normal'], ['compact', 'Compact']]

/** How pages look in this browser. */
export function Appearance() {
  const [theme, setTheme] = useState(chosenTheme)
  const density = useSyncExternalStore(onThemeChange, currentDensity)
  return (
    <section className="card settings-card" aria-label="Appearance">
      <h2>Appearance</h2>
      <Select
        label="Theme" options={THEMES} value={theme}
        onChange={(event) => {
          const choice = event.target.value as ThemeChoice
          chooseTheme(choice)
          setTheme(choice)
        }}
      />
      <Select label="Rows of tables" options={DENSITIES} value={density} onChange={(event) => chooseDensity(event.target.value as Density)} />
      <p className="quiet">Both hold in this browser. Movement follows the system’s setting.</p>
    </section>
  )
}
