// Prints `PASSED FAILED SKIPPED` of a Vitest JSON report. A file that could not run counts as one failure.
import { readFileSync } from 'node:fs'

interface Report {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  success: boolean
  testResults: { status: string; assertionResults: unknown[] }[]
}

const [path = ''] = process.argv.slice(2)
try {
  const report: Report = JSON.parse(readFileSync(path, 'utf8'))
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  ).length
  let failed = report.numFailedTests + brokenFiles
  if (!report.success && failed === 0) failed = 1
  console.log(report.numPassedTests, failed, report.numPendingTests + report.numTodoTests)
} catch (error) {
  console.error(`No test report at ${path}: ${error instanceof Error ? error.message : error}`)
  console.log(0, 1, 0)
}
