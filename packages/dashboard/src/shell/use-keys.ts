import { useEffect, useRef } from 'react'
import { shortcuts } from '../preferences.ts'

/** What single keys do while nothing is being typed and no dialog is open. They can be turned off (WCAG 2.1.4). */
export const useKeys = (keys: Readonly<Record<string, () => void>>) => {
  const latest = useRef(keys)
  useEffect(() => {
    latest.current = keys
  })
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (shortcuts.get() === 'off' || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
      if (
        event.target instanceof Element &&
        event.target.closest('input, textarea, select, [contenteditable], [role=dialog], [role=menu], [role=listbox]')
      )
        return
      if (document.querySelector('[role=dialog]')) return
      const act = latest.current[event.key]
      if (act === undefined) return
      event.preventDefault()
      act()
    }
    document.addEventListener('keydown', pressed)
    return () => document.removeEventListener('keydown', pressed)
  }, [])
}
