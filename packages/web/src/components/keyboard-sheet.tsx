import { Dialog } from 'radix-ui'
import { Fragment } from 'react'
import { Icon } from './icon.tsx'
import './keyboard-sheet.css'

/** What keys do, by where they do it. */
const groups: { place: string; keys: [names: string[], meaning: string][] }[] = [
  {
    place: 'Everywhere',
    keys: [
      [['/'], 'filter, or find a span'],
      [['T'], 'talk to the bot'],
      [['Esc'], 'leave a field, close, go back'],
      [['?'], 'this list'],
    ],
  },
  {
    place: 'Lists',
    keys: [
      [['J', 'K'], 'next, previous row'],
      [['Enter'], 'open the row'],
      [['X'], 'select the row; with Shift all up to it'],
      [['C'], 'compare what is selected'],
    ],
  },
  {
    place: 'Conversation',
    keys: [
      [['Space'], 'play, pause'],
      [['←', '→'], 'a second back or on, five with Shift'],
      [['J', 'K'], 'next, previous turn'],
      [['Enter'], 'hear the selected turn or span'],
      [['P'], 'next problem'],
      [['I'], 'next interruption'],
      [['S'], 'next slow turn'],
      [['G'], 'skip silence'],
      [['<', '>'], 'slower, faster'],
      [['L'], 'follow the needle'],
      [['1', '–', '5'], 'open that score of the turn'],
    ],
  },
  {
    place: 'Spans',
    keys: [
      [['↑', '↓'], 'span above, below'],
      [['←', '→'], 'fold, unfold: in the tree reached by Tab, or where there is no sound'],
      [['E'], 'next error'],
      [['N'], 'next match'],
      [['F'], 'zoom to the span'],
      [['+', '−', '0'], 'zoom in, out, fit'],
    ],
  },
  {
    place: 'Review',
    keys: [
      [['1', '–', '5'], 'give that score; 0 cannot be judged'],
      [['↑', '↓'], 'criterion above, below'],
      [['Backspace'], 'take back the last score'],
      [['J', 'K'], 'next, previous in the queue'],
      [['Enter'], 'on to the next'],
      [['Space'], 'hear the turn'],
      [['A'], 'hear the answer alone'],
      [['X'], 'write the expected answer'],
      [['C'], 'comment'],
    ],
  },
  { place: 'Call', keys: [[['M'], 'mute']] },
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
          <div className="key-groups">
            {groups.map(({ place, keys }) => (
              <section key={place}>
                <h3 className="heading">{place}</h3>
                <dl className="keys">
                  {keys.map(([names, meaning]) => (
                    <Fragment key={meaning}>
                      <dt>{names.map((name) => (name === '–' ? name : <kbd key={name}>{name}</kbd>))}</dt>
                      <dd>{meaning}</dd>
                    </Fragment>
                  ))}
                </dl>
              </section>
            ))}
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
