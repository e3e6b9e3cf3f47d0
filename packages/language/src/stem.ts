const endings: ReadonlyArray<readonly [RegExp, string]> = [
  [/'s$/, ''],
  [/ies$/, 'y'],
  [/(ss|sh|ch|x|z)es$/, '$1'],
  [/([^aeious])s$/, '$1'],
  [/([aeo])s$/, '$1'],
]

/**
 * The common form of an English word's inflections, so that `functions`, `deploying` and `deployed` meet `function`
 * and `deploy`. Only for comparing: the result need not be a word. Words of under four letters, and all that is not
 * plain lower-case English, stay as they are.
 */
export function stem(word: string): string {
  if (!/^[a-z']{4,}$/.test(word)) return word
  let base = word
  for (const [ending, replacement] of endings) {
    if (!ending.test(base)) continue
    base = base.replace(ending, replacement)
    break
  }
  return withoutVerbEnding(withoutNounEnding(base))
}

/** `deployment` is `deploy`, `configuration` meets `configure`, `preemption` is `preempt`. */
function withoutNounEnding(word: string): string {
  const base = /^(.{5,})(?:ment|ation|ate)$/.exec(word)?.[1]
  return base ?? word.replace(/([cpst])ion$/, '$1')
}

function withoutVerbEnding(word: string): string {
  const match = /^(.*[aeiouy].*?)(ing|ed|e)$/.exec(word)
  const base = match?.[1]
  if (base === undefined || base.length < 3) return word
  return /([^aeiouls])\1$/.test(base) ? base.slice(0, -1) : base
}
