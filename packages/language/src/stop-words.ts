/** English words that carry grammar rather than meaning, in the form in which `words` gives them. */
export const stopWords: ReadonlySet<string> = new Set(
  `a about above after again against ain't all also am an and any are aren't as at be because been before being
  below between both but by can can't cannot could couldn't did didn't do does doesn't doing don't during
  each either else ever few for from further get gets getting go goes going got had hadn't has hasn't have
  haven't having he he'd he'll he's hello her here here's hers herself hey hi him himself his how how's however i
  i'd i'll i'm i've if in into is isn't it it'd it'll it's its itself just know let let's like make many may me
  might more most much must mustn't my myself neither no nor not now of oh ok okay on once one only or other
  others ought our ours ourselves over own please quite rather really right same say shall shan't she she'd
  she'll she's should shouldn't so some such tell than thank thanks that that's the their theirs them themselves
  then there there's these they they'd they'll they're they've this those though through to too uh um under until
  up upon us very want was wasn't we we'd we'll we're we've well were weren't what what's when when's where
  where's whether which while who who's whom whose why why's will with within without won't would wouldn't yeah
  yes yet you you'd you'll you're you've your yours yourself yourselves`.split(/\s+/),
)
