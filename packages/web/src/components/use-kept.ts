import { replaceEqualDeep } from '@tanstack/react-query'
import { useRef } from 'react'

/** A value made anew, with all of the one before that is equal to it, so that what shows those parts has nothing to do. */
export function useKept<Value>(made: Value): Value {
  const kept = useRef(made)
  kept.current = replaceEqualDeep(kept.current, made)
  return kept.current
}
