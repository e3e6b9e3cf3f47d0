/** What stands under one heading, up to the next. */
export interface Section {
  /** The headings above it, outermost first. */
  headings: string[]
  /** Paragraphs, lists, tables and fenced code blocks as Markdown, in order. */
  blocks: string[]
}

export interface Document {
  /** File path relative to the knowledge folder, or URL. */
  source: string
  sections: Section[]
}
