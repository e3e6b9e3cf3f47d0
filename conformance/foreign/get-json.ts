/** What a server answers to a GET. Throws with what it says when it refuses. */
export async function getJson<Answer>(url: string): Promise<Answer> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`)
  const answer: Answer = await response.json()
  return answer
}
