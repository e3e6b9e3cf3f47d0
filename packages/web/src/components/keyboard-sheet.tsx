import { Dialog } from 'radix-ui'
import { Fragment } from 'react'
import { Icon } from './icon.tsx'
import './keyboard-sheet.css'

const keys: [string[], string][] = [
  [['Space'], 'play, pause'],
  [['J', 'K'], 'next, previous row or turn'],
  [['↑', '↓'], 'span above, below'],
  [['Enter'], 'open the row, or hear the selected turn or span'],
  [['←', '→'], 'a second back or on, five with Shift; without sound: fold, unfold a span'],
  [['P'], 'next problem; I next interruption, S next slow turn'],
  [['L'], 'follow the needle; G skip silence'],
  [['<', '>'], 'slower, faster'],
  [['/'], 'filter, or find a span'],
  [['N'], 'next match'],
  [['E'], 'next error'],
  [['+', '−', '0'], 'zoom in, out, fit'],
  [['F'], 'zoom to the span'],
  [['X'], 'select the row; with Shift all up to it'],
  [['1', '5'], 'open that score of the turn; in a review give it'],
  [['A'], 'in a review: hear the answer alone'],
  [['T'], 'talk to the bot'],
  [['M'], 'mute, while talking'],
  [['Esc'], 'leave a field, close, go back'],
  [['?'], 'this list'],
]

/** What every key does. */
export function KeyboardSheet({ open, onOpenChange }: { open: boolean; onOpenChange(open: boolean): void }) {
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Overlay className="sheet-overlay" />
        <Dialog.Content className="sheet" aria-describedby={undefined}>
          <header>
            <Dialog.Title>Keyboard</Dialog.Title>
            <Dialog.Close className="button ghost square" aria-label="Close">
              <Icon name="close" />
            </Dialog.Close>
          </header>
          <dl className="keys">
            {keys.map(([names, meaning]) => (
              <Fragment key={meaning}>
                <dt>
                  {names.map((name) => (
                    <kbd key={name}>{name}</kbd>
                  ))}
                </dt>
                <dd>{meaning}</dd>
              </Fragment>
            ))}
          </dl>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
