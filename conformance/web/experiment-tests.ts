import { it } from 'vitest'
import { createExperiment } from './sample-conversation.ts'
import type { WebUnderTest } from './web-under-test.ts'

/** What is done to experiments in their list. */
export function experimentTests(web: WebUnderTest): void {
  it('makes an experiment, and says in place what is wrong with its name', async () => {
    await createExperiment(web.url(), 'a name that is taken')
    const page = await web.open('/experiments')
    await page.getByRole('button', { name: 'New experiment' }).click()
    const dialog = page.getByRole('dialog', { name: 'New experiment' })
    await page.keyboard.press('Enter')
    await dialog.getByText('An experiment needs a name.').waitFor()
    await page.keyboard.type('a name that is taken')
    await page.keyboard.press('Enter')
    await dialog.getByText('Experiment(name=a name that is taken) already exists.').waitFor()
    await dialog.getByLabel('Name').fill('a new name')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/experiments\/\d+$/)
    await page.locator('.crumbs').getByText('a new name', { exact: true }).waitFor()
  })
}
