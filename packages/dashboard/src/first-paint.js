// Runs before anything is painted: the theme somebody chose must not flash in late, and zod must not try `new Function`,
// which the content security policy refuses and reports.
globalThis.__zod_globalConfig = { jitless: true }
try {
  const theme = localStorage.getItem('rollcall.theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {
  // Storage may be forbidden; the system's theme is used then.
}
