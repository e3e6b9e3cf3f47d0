import { expect, test } from 'vitest'
import { readHtml } from './html.ts'

const page = `<!doctype html><html><head><title>The page</title><style>p{}</style></head><body>
  <nav><a href="/">Home</a></nav>
  <main>
    <p>Before the <em>first</em> heading.</p>
    <h1>Guide</h1>
    <p>Use <code>a &lt; b</code> and read
       <a href="x.html">more</a>.</p>
    <h2>Steps</h2>
    <ul><li>First</li><li>Second</li></ul>
    <pre><code>if (a &lt; b) {
  run()
}</code></pre>
    <table><tr><th>Name</th><th>Value</th></tr><tr><td>x</td><td>1</td></tr></table>
    <script>alert('x')</script><div hidden>Hidden.</div>
  </main>
  <footer>© 2025 Somebody</footer>
</body></html>`

test('reads the main part of a page by its headings, without menus, scripts and hidden parts', () => {
  expect(readHtml(page)).toEqual([
    {
      headings: ['The page'],
      blocks: ['Before the first heading.'].map((line) => expect.stringContaining(line)),
    },
    { headings: ['Guide'], blocks: [expect.stringMatching(/^\s*Use `a < b` and read\s+more\.$/)] },
    {
      headings: ['Guide', 'Steps'],
      blocks: ['- First\n- Second', '```\nif (a < b) {\n  run()\n}\n```', '| Name | Value |\n| x | 1 |'],
    },
  ])
})

test('reads a page without a main part, and broken HTML', () => {
  expect(readHtml('<p>One<p>Two<b>!')).toEqual([{ headings: [], blocks: ['One', 'Two!'] }])
  expect(readHtml('')).toEqual([])
})
