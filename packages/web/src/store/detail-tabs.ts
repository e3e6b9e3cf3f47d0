/** The tabs of the detail of a span, in order. */
export const detailTabs = ['overview', 'inputs', 'outputs', 'attributes', 'events', 'scores', 'raw'] as const
export type DetailTab = (typeof detailTabs)[number]
