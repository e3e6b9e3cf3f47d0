/**
 * Gives the arguments of a call by the names of the parameters, as MLflow's SDK records them; they are read from the text of
 * the function, once. An argument whose parameter has no name of its own is called by its position, and where none has one
 * all are `args`.
 */
export function callInputs(fn: object): (args: readonly unknown[]) => Record<string, unknown> {
  let names: (string | null)[] | undefined
  return (args) => {
    names ??= parameterNames(Function.prototype.toString.call(fn))
    const known = names
    if (known.every((name) => name === null)) return args.length === 0 ? {} : { args }
    return Object.fromEntries(args.map((value, index) => [known[index] ?? `arg${index}`, value]))
  }
}

/** Null for a parameter that is taken apart or stands for several. */
function parameterNames(source: string): (string | null)[] {
  const single = /^(?:async\s+)?([\w$]+)\s*=>/.exec(source)
  if (single?.[1] !== undefined) return [single[1]]
  const parameters: string[] = []
  let depth = 1
  let current = ''
  for (const character of source.slice(source.indexOf('(') + 1)) {
    if (')]}'.includes(character) && --depth === 0) break
    if ('([{'.includes(character)) depth++
    if (depth === 1 && character === ',') {
      parameters.push(current)
      current = ''
    } else current += character
  }
  return [...parameters, current].map(
    (parameter) => /^\s*([A-Za-z_$][\w$]*)\s*(?:=|$)/.exec(parameter)?.[1] ?? null,
  )
}
