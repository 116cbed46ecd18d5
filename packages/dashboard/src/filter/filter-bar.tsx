/* eslint-disable jsx-a11y/prefer-tag-over-role -- a list of suggestions under a text has no element of its own */
import { formatTerm, type FilterTerm, type ViewColumn } from '@rollcall/contract/api'
import { useEffect, useId, useImperativeHandle, useMemo, useRef, useState, type KeyboardEvent, type Ref } from 'react'
import { visibleText } from '../format/visible-text.ts'
import { Icon } from '../ui/icon.tsx'
import styles from './filter-bar.module.css'
import { suggest } from './suggest.ts'
import { checkFilter, withoutTerm, type CheckedFilter } from './terms.ts'

export interface FilterBarFace {
  focus(): void
}

export interface Preset {
  readonly title: string
  readonly filter: string
}

interface Props {
  ref?: Ref<FilterBarFace>
  columns: readonly ViewColumn[]
  /** The filter in force. */
  filter: string
  /** `typed`: somebody is still typing, so the step is not one to go back to. */
  apply: (filter: string, typed: boolean) => void
  placeholder: string
  /** Offered while nothing is filtered. */
  presets: readonly Preset[]
}

const PAUSE = 300

/** A filter as text and as chips: two views of one state. */
export const FilterBar = ({ ref, columns, filter, apply, placeholder, presets }: Props) => {
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  const [text, setText] = useState(filter)
  const [applied, setApplied] = useState(filter)
  const [caret, setCaret] = useState(0)
  const [open, setOpen] = useState(false)
  const [active, setActive] = useState(-1)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useImperativeHandle(ref, () => ({
    focus: () => {
      input.current?.focus()
      input.current?.select()
    },
  }))
  useEffect(() => () => clearTimeout(timer.current), [])
  if (filter !== applied) {
    // The address changed under us: by a link, or by going back.
    setApplied(filter)
    setText(filter)
  }

  const checked = useMemo(() => checkFilter(text, columns), [text, columns])
  const { from, to, items } = useMemo(() => suggest(text, caret, columns), [text, caret, columns])
  const listed = open && items.length > 0

  const put = (next: string, at: number, typed: boolean) => {
    setText(next)
    setCaret(at)
    setActive(-1)
    clearTimeout(timer.current)
    if (checkFilter(next, columns).state === 'bad') return
    const act = () => {
      setApplied(next.trim())
      apply(next.trim(), typed)
    }
    if (!typed) act()
    else if (!isFieldBegun(next, at, columns)) timer.current = setTimeout(act, PAUSE)
  }
  const accept = (index: number) => {
    const chosen = items[index]
    if (chosen === undefined) return
    const end = chosen.whole && to === text.length ? ' ' : ''
    const next = text.slice(0, from) + chosen.insert + end + text.slice(to)
    const at = from + chosen.insert.length + end.length
    put(next, at, true)
    setOpen(!chosen.whole)
    input.current?.focus()
    requestAnimationFrame(() => input.current?.setSelectionRange(at, at))
  }
  const keys = (event: KeyboardEvent) => {
    switch (event.key) {
      case 'ArrowDown':
      case 'ArrowUp': {
        if (items.length === 0) return
        event.preventDefault()
        setOpen(true)
        const step = event.key === 'ArrowDown' ? 1 : -1
        setActive((now) => (open ? (now + step + items.length + (now < 0 && step < 0 ? 1 : 0)) % items.length : 0))
        return
      }
      case 'Tab':
        if (!listed || active < 0) return
        event.preventDefault()
        accept(active)
        return
      case 'Enter':
        event.preventDefault()
        if (listed && active >= 0) accept(active)
        else {
          setOpen(false)
          put(text, caret, false)
        }
        return
      case 'Escape':
        if (!open) return
        event.stopPropagation()
        setOpen(false)
        setActive(-1)
    }
  }

  return (
    <div className={styles['bar']}>
      <div className={styles['field']} data-bad={checked.state === 'bad' && !listed}>
        <Icon name="filter" />
        <input
          ref={input}
          type="text"
          role="combobox"
          aria-label="Filter"
          aria-expanded={listed}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={listed && active >= 0 ? `${id}-${active}` : undefined}
          aria-invalid={checked.state === 'bad' && !listed}
          aria-describedby={`${id}-problem`}
          autoComplete="off"
          autoCapitalize="none"
          autoCorrect="off"
          spellCheck={false}
          maxLength={2000}
          placeholder={placeholder}
          value={text}
          onChange={(event) => {
            setOpen(true)
            put(event.target.value, event.target.selectionStart ?? event.target.value.length, true)
          }}
          onSelect={(event) => setCaret(event.currentTarget.selectionStart ?? 0)}
          onClick={() => setOpen(true)}
          onBlur={() => {
            setOpen(false)
            if (text.trim() !== applied) put(text, caret, true)
          }}
          onKeyDown={keys}
        />
        {text === '' ? (
          <kbd className={styles['key']} aria-hidden="true">
            /
          </kbd>
        ) : (
          <button
            type="button"
            className={styles['clear']}
            aria-label="Remove the whole filter"
            onClick={() => put('', 0, false)}
          >
            <Icon name="close" size={14} />
          </button>
        )}
        <div id={`${id}-list`} role="listbox" aria-label="Suggestions" className={styles['list']} hidden={!listed}>
          {listed &&
            items.map((item, index) => (
              // eslint-disable-next-line jsx-a11y/click-events-have-key-events -- the input has the focus and takes the keys
              <div
                key={item.insert}
                id={`${id}-${index}`}
                role="option"
                tabIndex={-1}
                aria-selected={index === active}
                // Keeps the focus in the input.
                onPointerDown={(event) => event.preventDefault()}
                onClick={() => accept(index)}
                ref={index === active ? (element) => element?.scrollIntoView({ block: 'nearest' }) : undefined}
              >
                <code>{item.label}</code>
                <span>{item.detail}</span>
              </div>
            ))}
        </div>
      </div>
      <div className={styles['below']}>
        <output id={`${id}-problem`} className={styles['problem']}>
          {checked.state === 'bad' && !listed && <Problem text={text} checked={checked} />}
        </output>
        {checked.state === 'good' && checked.terms.length > 0 && (
          <ul className={styles['chips']} aria-label="What is filtered">
            {checked.terms.map((term) => (
              <Chip
                key={term.from}
                term={term}
                columns={columns}
                remove={() => put(withoutTerm(text, term), 0, false)}
              />
            ))}
          </ul>
        )}
        {text === '' && presets.length > 0 && (
          <ul className={styles['chips']} aria-label="Filters people use">
            {presets.map(({ title, filter }) => (
              <li key={filter}>
                <button
                  type="button"
                  className={styles['preset']}
                  title={filter}
                  onClick={() => put(filter, filter.length, false)}
                >
                  {title}
                </button>
              </li>
            ))}
          </ul>
        )}
      </div>
    </div>
  )
}

/** Whether a word stands at the caret that may become a field: it is not searched for until somebody says so. */
const isFieldBegun = (text: string, caret: number, columns: readonly ViewColumn[]): boolean => {
  const { from, to, items } = suggest(text, caret, columns)
  return from < to && items.some(({ whole }) => !whole)
}

const Problem = ({ text, checked }: { text: string; checked: Extract<CheckedFilter, { state: 'bad' }> }) => {
  const start = Math.max(0, checked.from - 16)
  return (
    <>
      <code>
        {start > 0 && '…'}
        {visibleText(text.slice(start, checked.from))}
        <mark>{visibleText(text.slice(checked.from, checked.to)) || '␣'}</mark>
      </code>
      <span>
        {visibleText(checked.problem)} (character {checked.from + 1})
      </span>
    </>
  )
}

const Chip = ({ term, columns, remove }: { term: FilterTerm; columns: readonly ViewColumn[]; remove: () => void }) => {
  const title = term.field === undefined ? 'Text' : (columns.find(({ id }) => id === term.field)?.title ?? term.field)
  return (
    <li className={styles['chip']} data-negated={term.negated}>
      <span>
        <b>{title}</b>
        {term.negated ? ' is not ' : ' '}
        {term.values
          .map(({ comparison, text }) => `${comparison === '=' ? '' : comparison}${visibleText(text)}`)
          .join(' or ')}
      </span>
      <button type="button" aria-label={`Remove ${visibleText(formatTerm(term))}`} onClick={remove}>
        <Icon name="close" size={12} />
      </button>
    </li>
  )
}
