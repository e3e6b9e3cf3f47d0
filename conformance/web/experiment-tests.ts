import { expect, it } from 'vitest'
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

  it('renames an experiment, deletes some, takes that back, and restores what was deleted', async () => {
    for (const name of ['stays', 'goes first', 'goes second']) await createExperiment(web.url(), name)
    const page = await web.open('/experiments')
    const rows = page.getByRole('list', { name: 'Experiments' }).getByRole('listitem')
    const boxOf = (name: string) => page.getByRole('checkbox', { name: `Select ${name}`, exact: true })
    await boxOf('goes first').check()
    await page.getByRole('button', { name: 'Rename' }).click()
    const dialog = page.getByRole('dialog', { name: 'Rename goes first' })
    await page.keyboard.type('stays')
    await page.keyboard.press('Enter')
    await dialog.getByText('Experiment(name=stays) already exists.').waitFor()
    await dialog.getByLabel('Name').fill('goes')
    await page.keyboard.press('Enter')
    await dialog.waitFor({ state: 'detached' })

    await boxOf('goes second').check()
    const confirm = async () => {
      await page.getByRole('button', { name: 'Delete', exact: true }).click()
      await page
        .getByRole('dialog', { name: 'Delete 2 experiments?' })
        .getByRole('button', { name: 'Delete' })
        .click()
      await page.getByText('2 experiments deleted.').waitFor()
      await rows.filter({ hasText: 'goes' }).first().waitFor({ state: 'detached' })
    }
    await confirm()
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByText('2 experiments restored.').waitFor()

    for (const name of ['goes', 'goes second']) await boxOf(name).check()
    await confirm()
    await page.getByRole('button', { name: 'Deleted' }).click()
    await page.waitForURL(/stage=deleted/)
    await boxOf('goes').check()
    await page.getByRole('button', { name: 'Restore' }).click()
    await page.getByText('1 experiment restored.').waitFor()
    await expect.poll(() => rows.filter({ hasText: 'goes' }).count()).toBe(1)
    await page.getByRole('button', { name: 'Deleted' }).click()
    await boxOf('goes').waitFor()
    expect(await boxOf('goes second').count()).toBe(0)
  })

  it('finds experiments by name, and says why the default one stays', async () => {
    for (const name of ['Kettle one', 'kettle two']) await createExperiment(web.url(), name)
    const page = await web.open('/experiments')
    const rows = page.getByRole('list', { name: 'Experiments' }).getByRole('listitem')
    await rows.filter({ hasText: 'Kettle one' }).waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('KETTLE')
    await page.waitForURL(/name=KETTLE/)
    await expect.poll(() => rows.count()).toBe(2)
    await page.keyboard.type(' three')
    await page.getByRole('heading', { name: 'No experiment matches this filter' }).waitFor()
    await page.getByRole('button', { name: 'Clear the filter' }).last().click()

    await page.getByRole('checkbox', { name: 'Select Default', exact: true }).check()
    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByText(/stay selected: The default experiment \(id 0\) cannot be deleted/).waitFor()
  })
}
