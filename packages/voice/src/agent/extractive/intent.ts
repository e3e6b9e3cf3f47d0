import { stopWords, words } from '@voxtrace/language'

/** What the user is about, where it is not a question to the knowledge. */
export type Intent =
  | 'nothing'
  | 'greeting'
  | 'well_being'
  | 'thanks'
  | 'goodbye'
  | 'repeat'
  | 'more'
  | 'identity'
  | 'capabilities'
  | 'acknowledgement'
  | 'question'

const opening = /^(?:(?:um|uh|er|so|well|okay|ok|oh|hi|hello|hey|hiya|there|please|alright|right|and)\s+)+/

const patterns: ReadonlyArray<readonly [Intent, RegExp]> = [
  [
    'goodbye',
    /^(?:(?:thanks|thank you|ok|okay|great|all right|alright)\s+)*(?:good\s?bye|bye|bye bye|see you|see ya|farewell|have a (?:nice|good|great) (?:day|one|evening|weekend)|good night|that(?:'s| is| will be) all|that(?:'ll| will) be all|i'm done|take care)(?:\s+(?:bye|now|later|then|soon|thanks|thank you|for now|for today|everyone))*$/,
  ],
  [
    'thanks',
    /^(?:(?:ok|okay|great|perfect|cool|awesome|wonderful|alright|all right|nice|good)\s+)*(?:thanks|thank you|thankyou|cheers|much appreciated|i appreciate (?:it|that))(?:\s+(?:so|very|much|a|lot|again|for|that|this|the|your|help|answer|really|helpful|was|you|you're|great))*$/,
  ],
  [
    'well_being',
    /^(?:(?:hi|hello|hey|there)\s+)*(?:how are you|how(?:'s| is) it going|how do you do|how are things|what's up)(?:\s+(?:doing|today|going))*$/,
  ],
  [
    'greeting',
    /^(?:hi|hello|hey|hiya|howdy|greetings|good (?:morning|afternoon|evening|day)|nice to meet you|anybody there|is anyone there|are you there|can you hear me|testing|test)(?:\s+(?:there|bot|assistant|everyone|you|again|to|meet|hello|hi|test|testing|one|two|three|can|hear|me))*$/,
  ],
  [
    'repeat',
    /^(?:(?:sorry|pardon|excuse me|wait|what)\s+)*(?:can|could|would|will|please)?\s*(?:you)?\s*(?:please)?\s*(?:repeat|say)(?:\s+(?:that|it|the|this|your|last|answer|one|more|time|again|please|what you (?:just )?said|for me))+$|^repeat$|^(?:sorry\s+|i beg your )?pardon(?:\s+me)?$|^(?:sorry\s+)?what (?:did|was) (?:you|that)(?: (?:just )?(?:say|said))?(?: again)?$|^(?:sorry\s+)?(?:i )?(?:didn't|did not|couldn't|could not) (?:catch|hear|get|understand) (?:that|it|you)$|^come again$|^once (?:again|more)(?: please)?$|^again(?: please)?$|^say again$|^one more time(?: please)?$/,
  ],
  [
    'more',
    /^(?:(?:can|could|would|will) you\s+)?(?:please\s+)?(?:tell|give|explain)(?: me| us)? (?:some )?(?:more|a bit more|a little more)(?: (?:about|on) (?:that|it|this))?(?: (?:details?|information|detail))?(?: (?:about|on) (?:that|it|this))?(?: please)?$|^more(?: details?| information| please)?$|^(?:what|anything) else(?: (?:is there|can you (?:tell|say)(?: me)?|do you know))?(?: about (?:that|it|this))?$|^(?:please )?(?:go on|continue|keep going|carry on|elaborate)(?: please| on (?:that|it))?$|^(?:can|could) you (?:elaborate|continue|go on|expand)(?: on (?:that|it|this))?$|^and then(?: what)?$|^then what$|^is that (?:all|it|everything)$|^i(?:'d| would) like to (?:hear|know) more$/,
  ],
  [
    'identity',
    /^(?:so\s+)?(?:who|what) are you(?: exactly| really)?$|^who am i (?:talking|speaking) (?:to|with)$|^what(?:'s| is) your name$|^are you (?:a |an )?(?:bot|robot|human|person|machine|real|real person|ai|computer)$|^(?:introduce|tell me about) yourself$/,
  ],
  [
    'capabilities',
    /^(?:so\s+)?what (?:can|could|do) you (?:do|help(?: me)? with|know|answer|talk about|tell me)(?: for me| about)?$|^(?:how|what) can (?:you|i) (?:help|ask|ask you|do here|talk about)(?: me)?(?: with)?(?: about)?$|^what (?:should|may|can|could) i ask(?: you)?(?: about)?$|^what (?:kind|sort)s? of (?:questions|things) (?:can|could|do) (?:i|you) (?:ask|answer|know)(?: you)?(?: about)?$|^(?:can you )?help(?: me)?(?: please)?$|^what do you know(?: about)?$/,
  ],
  [
    'acknowledgement',
    /^(?:(?:ok|okay|yes|yeah|yep|no|nope|sure|fine|great|good|cool|perfect|nice|alright|all right|right|got it|i see|i understand|understood|makes sense|that makes sense|awesome|wonderful|excellent|interesting|never mind|nevermind|not really|no thanks|no thank you)\s*)+$/,
  ],
]

/** What the user says, in lower case, words only, without hesitation at either end. */
function plain(text: string): string {
  return words(text)
    .filter((word) => !/^(?:um+|uh+|er+|erm|hmm+|mm+)$/.test(word))
    .join(' ')
}

/**
 * Tells small talk and remarks about the conversation from questions to the knowledge. A greeting followed by a
 * question is a question.
 */
export function intentOf(text: string): Intent {
  const said = plain(text)
  if (said === '') return 'nothing'
  const bare = said.replace(opening, '').replace(/\s+please$/, '')
  for (const [intent, pattern] of patterns) {
    if (pattern.test(said) || (bare !== '' && pattern.test(bare))) return intent
  }
  if (/\bwhy\b|^how (?:so|come)$/.test(said)) return 'question'
  if (said.split(' ').every((word) => stopWords.has(word)) && said.split(' ').length < 3) return 'nothing'
  return 'question'
}
