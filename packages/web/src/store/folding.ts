import type { SpanTree } from '../facade/span-tree.ts'
import { Observable } from './observable.ts'

/** Traces larger than this open with everything below the second level folded. */
const unfoldedUpTo = 2000

/** Which spans of a trace hide what is below them. */
export class FoldingStore extends Observable<ReadonlySet<string>> {
  constructor() {
    super(new Set())
  }

  /** Folds what a large trace shows first; a small one shows all. */
  settle(tree: SpanTree): void {
    if (tree.nodes.length <= unfoldedUpTo) return
    this.foldBelow(tree, 1)
  }

  /** Shows the levels down to a depth (the root is 0) and folds what is below. */
  foldBelow(tree: SpanTree, depth: number): void {
    this.setState(
      new Set(
        tree.nodes.filter((node) => node.depth >= depth && node.children.length > 0).map(({ id }) => id),
      ),
    )
  }

  fold(id: string): void {
    if (!this.getState().has(id)) this.setState(new Set([...this.getState(), id]))
  }

  unfold(id: string): void {
    this.unfoldAll([id])
  }

  unfoldAll(ids: readonly string[]): void {
    const folded = this.getState()
    if (!ids.some((id) => folded.has(id))) return
    const next = new Set(folded)
    for (const id of ids) next.delete(id)
    this.setState(next)
  }

  toggle(id: string): void {
    if (this.getState().has(id)) this.unfold(id)
    else this.fold(id)
  }
}
