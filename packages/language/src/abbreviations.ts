/** Abbreviations that name what follows, so that a sentence never ends with them. */
export const leadingAbbreviations: ReadonlySet<string> = new Set(
  'mr mrs ms dr prof rev gen col sgt capt lt st sr jr hon mt ft fig figs eq sec ch vol pp ed eds cf e.g i.e viz vs al approx ca incl esp resp'.split(
    ' ',
  ),
)

/** Abbreviations that may end a sentence: they do when what follows looks like the start of one. */
export const trailingAbbreviations: ReadonlySet<string> = new Set(
  'etc inc ltd corp co dept est a.m p.m u.s u.k u.n jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun'.split(
    ' ',
  ),
)

/** Abbreviations before a number (`No. 5`, `p. 12`). */
export const numberAbbreviations: ReadonlySet<string> = new Set('no nos p pp art ver v'.split(' '))
