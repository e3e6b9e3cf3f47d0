import { CopyButton } from '../../components/copy-button.tsx'

/** A text to copy. */
export function Snippet({ title, text }: { title: string; text: string }) {
  return (
    <section>
      <h2 className="heading">{title}</h2>
      <div className="snippet">
        <pre>{text}</pre>
        <CopyButton text={text} label={`Copy: ${title}`} />
      </div>
    </section>
  )
}
