import { expect, it } from 'vitest'
import { createExperiment, sendConversation } from './sample-conversation.ts'
import type { WebUnderTest } from './web-under-test.ts'

/** What is done to experiments in their list. */
export function experimentTests(web: WebUnderTest): void {
  it('makes an experiment, and says in place what is wrong with its name', async () => {
    await createExperiment(web.url(), 'a name that is taken')
    const page = await web.open('/experiments')
    await page.getByRole('button', { name: 'New experiment' }).click()
    const dialog = page.getByRole('dialog', { name: 'New experiment' })
    await dialog.locator('input:focus').waitFor()
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
    await dialog.locator('input:focus').waitFor()
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

  it('moves no experiment under a reader who is further down', async () => {
    for (let at = 0; at < 40; at++) await createExperiment(web.url(), `shelf ${at}`)
    const page = await web.open('/experiments?name=shelf')
    const rows = page.getByRole('list', { name: 'Experiments' }).getByRole('listitem')
    await rows.first().waitFor()
    await page.evaluate(() => document.fonts.ready)
    await page.locator('.data-list').evaluate((list) => list.scrollTo({ top: 300 }))
    const read = rows.filter({ hasText: 'shelf 20' })
    const place = await read.boundingBox()
    await createExperiment(web.url(), 'shelf that came later')
    await page.getByRole('button', { name: '1 new' }).waitFor()
    expect(await read.boundingBox()).toEqual(place)
    await page.getByRole('button', { name: '1 new' }).click()
    await rows.filter({ hasText: 'shelf that came later' }).waitFor()
  })

  it('says of a deleted experiment that it is, above the traces it still holds, and restores it', async () => {
    const experimentId = await createExperiment(web.url(), 'deleted with a call')
    await sendConversation(web.url(), experimentId, {
      startMs: Date.now() - 60_000,
      turns: [{ userText: 'Are you still there?', agentText: 'Yes.', parts: [100, 100, 100, 100, 50, 50] }],
    })
    const page = await web.open('/experiments')
    const name = page.locator('.crumbs').getByText('deleted with a call', { exact: true })
    await page.getByRole('checkbox', { name: 'Select deleted with a call', exact: true }).check()
    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByText('1 experiment deleted.').waitFor()
    const note = page.getByText('This experiment was deleted.')
    for (const view of ['', '/sessions', '/runs', '/dashboard', '/review']) {
      await page.goto(`${web.url()}/experiments/${experimentId}${view}`)
      await note.waitFor()
      await name.waitFor()
    }
    await page.goto(`${web.url()}/experiments/${experimentId}`)
    await page.getByRole('listitem').filter({ hasText: 'Are you still there?' }).waitFor()
    await page.getByRole('button', { name: 'Restore' }).click()
    await note.waitFor({ state: 'detached' })
    await page.goto(`${web.url()}/experiments`)
    await page.getByRole('checkbox', { name: 'Select deleted with a call', exact: true }).waitFor()
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

    await page.getByLabel('Filter experiments by name').fill('default')
    await page.getByRole('checkbox', { name: 'Select Default', exact: true }).check()
    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByText(/stay selected: The default experiment \(id 0\) cannot be deleted/).waitFor()
  })
}
