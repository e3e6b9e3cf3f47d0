/** Every pair of neighbouring words, joined by a space; repeated pairs are repeated. */
export function bigrams(words: readonly string[]): string[] {
  return words.slice(1).map((word, i) => `${words[i]} ${word}`)
}
