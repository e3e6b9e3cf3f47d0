import { describe } from 'vitest'
import { damagedSoundTests } from './web/damaged-sound-tests.ts'
import { foreignTests } from './web/foreign-tests.ts'
import type { HeardPages } from './web/heard-sound.ts'
import { largeSoundTests } from './web/large-sound-tests.ts'
import { soundTests } from './web/sound-tests.ts'
import { talkTests } from './web/talk-tests.ts'
import { hasChromium, webInBrowser, wide } from './web/web-in-browser.ts'
import type { Screen } from './web/web-under-test.ts'
import { wholeScoreTests } from './web/whole-score-tests.ts'

describe.skipIf(!hasChromium)('calls, heard and held in a browser', () => {
  const app = webInBrowser()
  const open = (path: string, { viewport = wide, touch = false }: Partial<Screen> = {}) =>
    app.open(path, viewport, touch, (page) => page.emulateMedia({ colorScheme: 'light' }))
  const heard: HeardPages = {
    url: app.url,
    open: (path, prepare) => app.open(path, wide, false, prepare),
  }
  soundTests(heard)
  largeSoundTests(heard)
  damagedSoundTests(app.open)
  wholeScoreTests({ ...app, open })
  foreignTests({ ...app, open })
  talkTests({ ...app, open })
})
