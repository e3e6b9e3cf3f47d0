import type { RetrievedDocument } from '../conversation.ts'
import type { Json, JsonObject } from '../json.ts'
import { isObject, numberOf, parsedStructure, textOf } from './attribute-values.ts'

/** Members under which retrievers put their list of documents. */
const listMembers = ['context', 'documents', 'passages', 'results', 'nodes', 'matches', 'source_nodes']
const textMembers = ['text', 'page_content', 'content', 'pageContent', 'body', 'value']

/**
 * Reads what a retriever returned as documents: a list of them, or an object that holds such a list. A document is
 * text alone, or an object in LangChain's, LlamaIndex's, MLflow's or our own form. Null when there is no list.
 */
export function documentsIn(output: Json | undefined): RetrievedDocument[] | null {
  if (output === undefined || output === null) return null
  const value = parsedStructure(output)
  if (Array.isArray(value)) return value.map(documentOf).filter((document) => document !== null)
  if (!isObject(value)) return null
  for (const member of listMembers) {
    const list = value[member]
    if (Array.isArray(list)) return list.map(documentOf).filter((document) => document !== null)
  }
  return null
}

function documentOf(value: Json): RetrievedDocument | null {
  if (typeof value === 'string') return { id: null, title: null, text: value, score: null, source: null }
  if (!isObject(value)) return null
  const inner = firstObject(value, 'document', 'node', 'chunk') ?? value
  const metadata = objectOf(inner.metadata) ?? objectOf(value.metadata) ?? {}
  const text = textOf(inner, ...textMembers) ?? textOf(value, ...textMembers)
  if (text === null) return null
  return {
    id: idOf(inner) ?? idOf(value) ?? idOf(metadata),
    title: textOf(inner, 'title', 'heading') ?? textOf(metadata, 'title', 'heading'),
    text,
    score: numberOf(value, 'score', 'similarity') ?? numberOf(inner, 'score') ?? numberOf(metadata, 'score'),
    source:
      textOf(inner, 'source', 'doc_uri', 'uri', 'url') ??
      textOf(metadata, 'source', 'doc_uri', 'uri', 'url', 'file_name'),
  }
}

function idOf(value: JsonObject): string | null {
  const id = value.id ?? value.id_ ?? value.doc_id ?? value.chunk_id ?? null
  return typeof id === 'string' || typeof id === 'number' ? String(id) : null
}

function objectOf(value: Json | undefined): JsonObject | null {
  const decoded = value === undefined ? undefined : parsedStructure(value)
  return isObject(decoded) ? decoded : null
}

function firstObject(value: JsonObject, ...members: string[]): JsonObject | null {
  for (const member of members) {
    const inner = value[member]
    if (isObject(inner)) return inner
  }
  return null
}
