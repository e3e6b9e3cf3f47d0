import { parseFilter } from '@voxtrace/protocol'
import {
  type FormEvent,
  type KeyboardEvent,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react'
import { type Completion, completionsAt } from '../../facade/filter-completion.ts'
import type { SeenValues } from '../../facade/filter-fields.ts'
import { type FilterLanguage, filterOfWords, traceFilter } from '../../facade/filter-language.ts'
import { Icon } from '../icon.tsx'
import { narrowScreen, useMediaQuery } from '../media-query.ts'
import { useShortcuts } from '../shortcuts.ts'
import { useIntoView } from '../use-into-view.ts'
import { ClearButton } from './clear-button.tsx'
import './filter-field.css'

const nothingSeen: SeenValues = new Map()
const mostOptions = 40

interface FilterFieldProps {
  language?: FilterLanguage
  filter: string
  /** Why the server refused the filter, or null. */
  refusal: string | null
  /** Fields and values that stand in what is filtered. */
  seen?: SeenValues
  onApply(filter: string): void
}

/**
 * The filter, in MLflow's search language, completed as it is written: arrows choose, Tab or Enter takes. Enter with
 * nothing chosen applies it; a filter with a mistake says which and where, and is not applied. Words alone are searched for.
 */
export function FilterField({
  language = traceFilter,
  filter,
  refusal,
  seen = nothingSeen,
  onApply,
}: FilterFieldProps) {
  const { entity, label, placeholder, examples } = language
  const [draft, setDraft] = useState(filter)
  const [caret, setCaret] = useState(filter.length)
  const [isOpen, setOpen] = useState(false)
  const [chosen, setChosen] = useState(-1)
  const [tried, setTried] = useState<string | null>(null)
  const input = useRef<HTMLInputElement>(null)
  const form = useRef<HTMLFormElement>(null)
  const isNarrow = useMediaQuery(narrowScreen)
  const id = useId()
  /** Where the caret goes with the text that was taken, before the next letter is typed. */
  const caretToSet = useRef<number | null>(null)
  useLayoutEffect(() => {
    if (caretToSet.current === null) return
    input.current?.focus()
    input.current?.setSelectionRange(caretToSet.current, caretToSet.current)
    caretToSet.current = null
  })
  useEffect(() => setDraft(filter), [filter])
  useShortcuts({ '/': () => input.current?.focus() })

  const fields = useMemo(() => language.fieldsOf(seen), [language, seen])
  const {
    from,
    to,
    options: all,
  } = useMemo(() => completionsAt(draft, caret, fields), [draft, caret, fields])
  const isEmpty = draft.trim() === ''
  const asked = mistakeIn(draft, entity) === null ? null : filterOfWords(draft, language, fields)
  const search = asked === null ? [] : [{ text: asked, meaning: 'what holds these words' }]
  const options = [...(isEmpty ? examples : []), ...all, ...search].slice(0, mostOptions)
  const mistake = tried === draft ? mistakeIn(draft, entity) : null
  const problem = mistake ?? (refusal !== null && draft.trim() === filter ? refusal : null)

  const edit = (text: string, at: number) => {
    setDraft(text)
    setCaret(at)
    setChosen(-1)
    setOpen(true)
  }
  const apply = (next: string) => {
    setDraft(next)
    setTried(next)
    setOpen(false)
    setChosen(-1)
    if (mistakeIn(next, entity) === null) onApply(next.trim())
  }
  const take = (option: Completion) => {
    if (examples.includes(option) || search.includes(option)) return apply(option.text)
    const text = draft.slice(0, from) + option.text + draft.slice(to).trimStart()
    caretToSet.current = from + option.text.length
    edit(text, caretToSet.current)
  }
  const press = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === 'Escape' && isOpen) {
      event.preventDefault()
      event.stopPropagation()
      return setOpen(false)
    }
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      setOpen(true)
      const by = event.key === 'ArrowDown' ? 1 : -1
      return setChosen((at) => (options.length === 0 ? -1 : (at + by + options.length) % options.length))
    }
    const option = options[chosen < 0 && event.key === 'Tab' && !isEmpty && draft !== filter ? 0 : chosen]
    if (isOpen && option && (event.key === 'Enter' || event.key === 'Tab')) {
      event.preventDefault()
      take(option)
    }
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    apply(asked ?? draft)
  }
  const isListShown = isOpen && options.length > 0 && (mistake === null || draft !== tried)
  return (
    <search className="filter-field">
      <form
        ref={form}
        onSubmit={submit}
        onBlur={(event) => {
          if (!form.current?.contains(event.relatedTarget)) setOpen(false)
        }}
      >
        <div className="field" data-invalid={problem !== null}>
          <Icon name="search" />
          <input
            ref={input}
            role="combobox"
            aria-label={label}
            aria-expanded={isListShown}
            aria-controls={`${id}-options`}
            aria-autocomplete="list"
            aria-activedescendant={isListShown && chosen >= 0 ? `${id}-${chosen}` : undefined}
            aria-invalid={problem !== null}
            aria-describedby={problem !== null ? `${id}-problem` : undefined}
            value={draft}
            placeholder={isNarrow ? 'Filter' : placeholder}
            spellCheck={false}
            autoComplete="off"
            autoCapitalize="off"
            onFocus={() => setOpen(true)}
            onKeyDown={press}
            onSelect={(event) => setCaret(event.currentTarget.selectionStart ?? 0)}
            onChange={(event) => edit(event.target.value, event.target.selectionStart ?? 0)}
          />
          {draft && <ClearButton onClear={() => apply('')} />}
          <kbd className="wide-only">/</kbd>
        </div>
        {problem !== null && !isListShown && (
          <p className="filter-note invalid" id={`${id}-problem`} role="alert">
            {problem}
          </p>
        )}
        {isListShown && <OptionList id={id} options={options} chosen={chosen} onTake={take} />}
      </form>
    </search>
  )
}

function OptionList({
  id,
  options,
  chosen,
  onTake,
}: {
  id: string
  options: readonly Completion[]
  chosen: number
  onTake(option: Completion): void
}) {
  const current = useRef<HTMLDivElement>(null)
  useIntoView(current, chosen)
  return (
    <div className="filter-note" id={`${id}-options`} role="listbox" aria-label="Completions" tabIndex={-1}>
      {options.map((option, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the field keeps the focus; its arrows and Enter choose
        <div
          key={option.text}
          id={`${id}-${index}`}
          ref={index === chosen ? current : undefined}
          role="option"
          tabIndex={-1}
          aria-selected={index === chosen}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onTake(option)}
        >
          <code>{option.text}</code>
          <span className="faint">{option.meaning}</span>
        </div>
      ))}
    </div>
  )
}

/** What is wrong with a filter text, in the words of the language's own parser; null when nothing is. */
function mistakeIn(text: string, entity: FilterLanguage['entity']): string | null {
  try {
    parseFilter(text, entity)
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
