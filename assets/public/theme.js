// Sets the chosen look before the first paint. Without a choice the system's preference holds.
const chosen = localStorage.getItem('theme')
document.documentElement.dataset.theme =
  chosen === 'light' || chosen === 'dark' ? chosen : matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
document.documentElement.dataset.density = localStorage.getItem('density') === 'compact' ? 'compact' : 'normal'
