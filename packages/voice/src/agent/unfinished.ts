/** Words after which an English sentence goes on: articles, prepositions, conjunctions, auxiliaries and the like. */
const leadingOn = new Set(
  `a an the this these my your our their his its some any every each no another
  of to in on at for with from by about into onto over under between through during without within upon like as than
  and or but nor so because if when while where whether although though since until unless that which who whose what how why
  is are was were am be been being do does did have has had can could will would shall should may might must
  i we they he she it's i'm i'd i've i'll we're you're they're there's that's what's let's
  not very more most less just also only really quite almost
  um uh er hmm`
    .split(/\s+/)
    .filter(Boolean),
)
/** Words of the list that also end sentences, as in "What is that?", "What does it do?" or "better than it was". */
const alsoLast = new Set(
  'that this not more do does did is are was were has have had can could will would should'.split(' '),
)

/**
 * Whether the words so far lead the listener to expect more. Speech recognition ends every piece with a full stop
 * or a question mark, and ends whole sentences with a comma now and then, so only the words count.
 */
export function soundsUnfinished(text: string): boolean {
  const words = text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? []
  const last = words.at(-1)
  if (last === undefined) return false
  return leadingOn.has(last) && !(alsoLast.has(last) && words.length > 2)
}
