import type { RetrievedDocument } from '@voxtrace/model'
import { ellipsized } from '../../format/text.ts'

/** Retrieved documents with their scores; each opens its text. */
export function Documents({ documents }: { documents: readonly RetrievedDocument[] }) {
  const highest = Math.max(1, ...documents.map(({ score }) => score ?? 0))
  return (
    <div className="documents">
      {documents.map((document, index) => {
        const share: Record<string, string> = {
          '--share': `${(100 * Math.max(0, document.score ?? 0)) / highest}%`,
        }
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a document may be retrieved twice
          // biome-ignore lint/a11y/useKeyWithClickEvents: only keeps the click from selecting the turn
          <details className="document" key={index} onClick={(event) => event.stopPropagation()}>
            <summary>
              <span className="num faint">{document.score === null ? '–' : document.score.toFixed(2)}</span>
              <span className="ellipsis">
                {document.title ?? ellipsized(document.text, 80)}{' '}
                {document.source && <span className="faint">{document.source}</span>}
              </span>
              {document.score !== null && <span className="relevance" style={share} />}
            </summary>
            <p>{document.text}</p>
          </details>
        )
      })}
    </div>
  )
}
