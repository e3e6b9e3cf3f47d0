import type { ReactNode } from 'react'
import { RequestFailure } from '../../api/request.ts'
import type { SeenValues } from '../../facade/filter-fields.ts'
import type { FilterLanguage } from '../../facade/filter-language.ts'
import { CopyButton } from '../copy-button.tsx'
import { FilterField } from '../filter/filter-field.tsx'
import type { ListChoice } from './list-address.ts'
import { TimeRangeMenu } from './time-range-menu.tsx'
import './list-toolbar.css'

interface ListToolbarProps {
  language: FilterLanguage
  seen?: SeenValues
  choice: ListChoice
  /** Why nothing could be listed. */
  failure: unknown
  onChoose(change: ListChoice): void
  children?: ReactNode
}

/** The filter of a list, its stretch of time, and a link to both. */
export function ListToolbar({ language, seen, choice, failure, onChoose, children }: ListToolbarProps) {
  const { filter = '', last, from, to } = choice
  return (
    <div className="list-toolbar">
      <FilterField
        language={language}
        filter={filter}
        refusal={filter && isRefusal(failure) ? failure.message : null}
        {...(seen && { seen })}
        onApply={(next) => onChoose({ filter: next })}
      />
      <TimeRangeMenu
        range={{ last, from, to }}
        onChoose={(range) => onChoose({ last: undefined, from: undefined, to: undefined, ...range })}
      />
      {children}
      <CopyButton
        text={() => location.href}
        label="Copy a link to this view"
        className="button square wide-only"
      />
    </div>
  )
}

/** Whether the server refused what was asked for. */
export function isRefusal(failure: unknown): failure is RequestFailure {
  return failure instanceof RequestFailure && failure.kind === 'refused'
}
