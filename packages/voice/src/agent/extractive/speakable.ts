const units: Readonly<Record<string, string>> = {
  ms: 'milliseconds',
  kb: 'kilobytes',
  mb: 'megabytes',
  gb: 'gigabytes',
  tb: 'terabytes',
  kib: 'kibibytes',
  mib: 'mebibytes',
  gib: 'gibibytes',
  tib: 'tebibytes',
  khz: 'kilohertz',
  hz: 'hertz',
}

const symbols: ReadonlyArray<readonly [RegExp, string]> = [
  [/\be\.g\.,?/gi, 'for example,'],
  [/\bi\.e\.,?/gi, 'that is,'],
  [/\betc\./gi, 'and so on'],
  [/\bvs\.?(?=\s)/gi, 'versus'],
  [/\bw\/o\b/gi, 'without'],
  [/\s&\s/g, ' and '],
  [/\s*(?:→|⇒|->|=>|⟶)\s*/g, ' to '],
  [/\s*(?:≥|>=)\s*/g, ' at least '],
  [/\s*(?:≤|<=)\s*/g, ' at most '],
  [/\s*(?:≈|~)\s*(?=\d)/g, ' about '],
  [/(\d)\s*%/g, '$1 percent'],
  [/\$(\d[\d,]*(?:\.\d+)?)/g, '$1 dollars'],
  [/€(\d[\d,]*(?:\.\d+)?)/g, '$1 euros'],
  [/(\d)\s*[x×](?=\s|$|[.,])/g, '$1 times'],
  [/(\d)\s*[–-]\s*(?=\d)/g, '$1 to '],
  [/\s[–—-]{1,3}\s/g, ', '],
  [/—/g, ', '],
  [/([\p{L}\p{N}])\/(?=[\p{L}\p{N}])/gu, '$1 or '],
  [/\s=\s/g, ' is '],
]

/**
 * Rewrites a sentence of documentation so that it can be read aloud: no Markdown, code marks, links or brackets, names
 * of code as words, symbols and units spelled. Empty when nothing of it can be said.
 */
export function speakable(sentence: string): string {
  let text = sentence
    .replace(/^\s*(?:[-*+•]|\d{1,3}[.)]|#{1,6}|>)\s+/u, '')
    .replace(/^(?:please )?note that\s+/i, '')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/(?:[a-z]{2,12}:\/\/|www\.)[^\s)>\]]+/gi, (url) => spokenHost(url))
    .replace(/`+([^`]*)`+/g, (_, code: string) => spokenCode(code))
    .replace(/(\*\*|__|~~)(.+?)\1/g, '$2')
    .replace(/(^|[\s(“"])[*_]([^*_\s][^*_]*)[*_](?=[\s.,;:!?)”"]|$)/g, '$1$2')
  text = text.replace(/\s*[([{]([^()[\]{}]*)[)\]}]/g, (_, inside: string) => aside(inside))
  text = text.replace(/(?<![\p{L}\p{N}])(?:[\w.@~-]*\/){2,}[\w.@~-]*|(?<!\S)[~.]?\/[\w./@-]+/gu, (path) =>
    spokenCode(path),
  )
  for (const [pattern, spoken] of symbols) text = text.replace(pattern, spoken)
  text = text
    .replace(/(\d)\s?([A-Za-z]{2,3})\b/g, (whole, digit: string, unit: string) => {
      const spoken = units[unit.toLowerCase()]
      return spoken ? `${digit} ${spoken}` : whole
    })
    .replace(/\b\w+(?:[._]\w+)+(?:\(\))?/g, (name) => (/^[\d.]+$/.test(name) ? name : spokenCode(name)))
    .replace(/\p{Extended_Pictographic}|\u{FE0F}/gu, '')
    .replace(/[“”«»"]/g, '')
    .replace(/[*_`#|<>\\[\]{}()=~^@]+/g, ' ')
    .replace(/\s+([,.;:!?])/g, '$1')
    .replace(/([,;:])(?:\s*[,;:])+/g, '$1')
    .replace(/[,;:]+([.!?])/g, '$1')
    .replace(/\s+/g, ' ')
    .trim()
  text = text.replace(/^[,;:.\s]+/, '').replace(/\s*[:;,]+$/, '.')
  if (!/\p{L}/u.test(text)) return ''
  if (!/[.!?…]$/.test(text)) text += '.'
  return text.replace(/^\p{Ll}/u, (letter) => letter.toUpperCase())
}

/** A remark in brackets: said between commas when it is short words, left out when it is code or long. */
function aside(inside: string): string {
  const text = inside.trim()
  const sayable =
    /^[\p{L}\p{N}\s,.'’%$-]+$/u.test(text) && text.split(/\s+/).length <= 8 && /\p{L}/u.test(text)
  return sayable && !/^(?:see|s|es|beta|alpha)\b/i.test(text) ? `, ${text},` : ''
}

function spokenHost(url: string): string {
  const trailing = /[.,;:!?]+$/.exec(url)?.[0] ?? ''
  const host =
    url
      .replace(/^[a-z]+:\/\//i, '')
      .replace(/^[^@/]*@/, '')
      .split(/[/?#:]/)[0] ?? ''
  return (
    host
      .replace(/^www\./, '')
      .replace(/[.]+$/, '')
      .replaceAll('.', ' dot ') + trailing
  )
}

/** A name of code as words: `@app.function(gpu="A100")` is "app function". */
function spokenCode(code: string): string {
  return code
    .replace(/\([^)]*\)?/g, ' ')
    .replace(/\.(py|ts|js|md|json|txt|toml|yaml|yml|sh|com|io|ai|org)\b/g, ' dot $1')
    .replace(/(\p{Ll})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .replace(/[^\p{L}\p{N}\s'’.%-]|(?<!\d)\.|\.(?!\d)|(?<!\p{L})-+|-+(?!\p{L})/gu, ' ')
    .replace(/-/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}
