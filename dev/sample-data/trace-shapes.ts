/**
 * What a trace is made of: eight invented applications, each a tree of twelve spans. A trace of k spans has the first
 * k of them, so a parent always stands before its children and exists in every trace that has the child.
 */

/** What stands in the input and output of a span. `texts.ts` writes each kind. */
export const contentKinds = [
  'none',
  'question',
  'chat',
  'plan',
  'tool',
  'documents',
  'vector',
  'verdict',
  'note',
] as const;
export type ContentKind = (typeof contentKinds)[number];

export const spanTypes = [
  'SPAN',
  'EVENT',
  'GENERATION',
  'AGENT',
  'TOOL',
  'CHAIN',
  'RETRIEVER',
  'EVALUATOR',
  'EMBEDDING',
  'GUARDRAIL',
] as const;
export type SpanType = (typeof spanTypes)[number];

export const spansPerShape = 12;

/** [type, name, index of the parent (-1 = none), share of the parent's time, content] */
export type ShapeSpan = readonly [SpanType, string, number, number, ContentKind];

export interface TraceShape {
  /** How often it occurs, relative to the others. */
  weight: number;
  /** The application that sends it. */
  service: string;
  /** Whether its traces are runs of an experiment over a dataset. */
  experiment: boolean;
  spans: readonly ShapeSpan[];
}

const supportAgent: TraceShape = {
  weight: 4,
  service: 'support-desk',
  experiment: false,
  spans: [
    ['AGENT', 'support-agent', -1, 1, 'question'],
    ['GENERATION', 'plan-next-step', 0, 3, 'plan'],
    ['TOOL', 'lookup_order', 0, 1, 'tool'],
    ['RETRIEVER', 'search-help-articles', 0, 2, 'documents'],
    ['EMBEDDING', 'embed-question', 3, 1, 'vector'],
    ['GENERATION', 'write-answer', 0, 5, 'chat'],
    ['GUARDRAIL', 'check-tone', 0, 1, 'verdict'],
    ['EVENT', 'answer-shown', 0, 1, 'none'],
    ['TOOL', 'create_ticket', 0, 1, 'tool'],
    ['SPAN', 'save-conversation', 0, 1, 'note'],
    ['EVALUATOR', 'helpfulness', 0, 3, 'verdict'],
    ['GENERATION', 'judge-helpfulness', 10, 1, 'chat'],
  ],
};

const documentQuestions: TraceShape = {
  weight: 3,
  service: 'handbook-search',
  experiment: false,
  spans: [
    ['CHAIN', 'answer-from-handbook', -1, 1, 'question'],
    ['RETRIEVER', 'vector-search', 0, 2, 'documents'],
    ['GENERATION', 'compose-answer', 0, 5, 'chat'],
    ['EMBEDDING', 'embed-query', 1, 1, 'vector'],
    ['SPAN', 'rerank', 1, 1, 'note'],
    ['CHAIN', 'cite-sources', 0, 2, 'note'],
    ['GENERATION', 'extract-quotes', 5, 3, 'chat'],
    ['GUARDRAIL', 'grounded-in-sources', 0, 1, 'verdict'],
    ['EVENT', 'cache-miss', 1, 1, 'none'],
    ['EVALUATOR', 'faithfulness', 0, 2, 'verdict'],
    ['GENERATION', 'judge-faithfulness', 9, 1, 'chat'],
    ['EVENT', 'feedback-requested', 0, 1, 'none'],
  ],
};

const directChat: TraceShape = {
  weight: 4,
  service: 'chat-widget',
  experiment: false,
  spans: [
    ['GENERATION', 'chat-completion', -1, 1, 'chat'],
    ['EVENT', 'first-token', 0, 1, 'none'],
    ['GUARDRAIL', 'moderate-input', 0, 1, 'verdict'],
    ['TOOL', 'get_weather', 0, 1, 'tool'],
    ['TOOL', 'web_search', 0, 3, 'tool'],
    ['RETRIEVER', 'memory', 0, 1, 'documents'],
    ['EMBEDDING', 'embed-memory', 5, 1, 'vector'],
    ['GENERATION', 'rewrite-for-channel', 0, 2, 'chat'],
    ['GUARDRAIL', 'moderate-output', 0, 1, 'verdict'],
    ['EVALUATOR', 'language-match', 0, 1, 'verdict'],
    ['EVENT', 'message-delivered', 0, 1, 'none'],
    ['SPAN', 'update-memory', 0, 1, 'note'],
  ],
};

const invoiceReader: TraceShape = {
  weight: 1,
  service: 'invoice-reader',
  experiment: false,
  spans: [
    ['SPAN', 'POST /invoices', -1, 1, 'note'],
    ['SPAN', 'split-pages', 0, 1, 'note'],
    ['GENERATION', 'read-page', 0, 4, 'chat'],
    ['TOOL', 'ocr', 2, 3, 'tool'],
    ['GENERATION', 'read-page', 0, 4, 'chat'],
    ['EVENT', 'low-confidence', 4, 1, 'none'],
    ['GENERATION', 'merge-fields', 0, 2, 'plan'],
    ['TOOL', 'validate_tax_id', 0, 1, 'tool'],
    ['GUARDRAIL', 'totals-add-up', 0, 1, 'verdict'],
    ['CHAIN', 'book-invoice', 0, 2, 'note'],
    ['TOOL', 'post_to_ledger', 9, 1, 'tool'],
    ['EVALUATOR', 'field-accuracy', 0, 1, 'verdict'],
  ],
};

const translation: TraceShape = {
  weight: 1,
  service: 'translator',
  experiment: false,
  spans: [
    ['CHAIN', 'translate-article', -1, 1, 'question'],
    ['GENERATION', 'detect-language', 0, 1, 'chat'],
    ['RETRIEVER', 'glossary', 0, 1, 'documents'],
    ['GENERATION', 'translate', 0, 5, 'chat'],
    ['GENERATION', 'polish', 0, 3, 'chat'],
    ['EVALUATOR', 'fluency', 0, 1, 'verdict'],
    ['EMBEDDING', 'embed-both', 5, 1, 'vector'],
    ['GUARDRAIL', 'no-missing-sentence', 0, 1, 'verdict'],
    ['EVENT', 'published', 0, 1, 'none'],
    ['SPAN', 'store-translation', 0, 1, 'note'],
    ['TOOL', 'notify_editor', 9, 1, 'tool'],
    ['EVENT', 'cache-filled', 9, 1, 'none'],
  ],
};

const reviewAgents: TraceShape = {
  weight: 2,
  service: 'code-reviewer',
  experiment: false,
  spans: [
    ['AGENT', 'review-coordinator', -1, 1, 'question'],
    ['GENERATION', 'split-the-work', 0, 2, 'plan'],
    ['AGENT', 'security-reviewer', 0, 5, 'question'],
    ['GENERATION', 'think', 2, 3, 'plan'],
    ['TOOL', 'read_file', 2, 1, 'tool'],
    ['AGENT', 'dependency-auditor', 2, 3, 'question'],
    ['TOOL', 'list_packages', 5, 1, 'tool'],
    ['GENERATION', 'assess', 5, 2, 'chat'],
    ['AGENT', 'style-reviewer', 0, 3, 'question'],
    ['GENERATION', 'comment', 8, 2, 'chat'],
    ['TOOL', 'post_comment', 8, 1, 'tool'],
    ['GUARDRAIL', 'no-secrets-quoted', 0, 1, 'verdict'],
  ],
};

const embeddingJob: TraceShape = {
  weight: 1,
  service: 'indexer',
  experiment: false,
  spans: [
    ['EMBEDDING', 'embed-documents', -1, 1, 'vector'],
    ['EVENT', 'batch-started', 0, 1, 'none'],
    ['EMBEDDING', 'embed-chunk', 0, 2, 'vector'],
    ['EMBEDDING', 'embed-chunk', 0, 2, 'vector'],
    ['EMBEDDING', 'embed-chunk', 0, 2, 'vector'],
    ['EVENT', 'rate-limited', 0, 1, 'none'],
    ['EMBEDDING', 'embed-chunk', 0, 2, 'vector'],
    ['SPAN', 'upsert-vectors', 0, 2, 'note'],
    ['TOOL', 'vacuum_index', 7, 1, 'tool'],
    ['EMBEDDING', 'embed-chunk', 0, 2, 'vector'],
    ['EVENT', 'batch-done', 0, 1, 'none'],
    ['EVALUATOR', 'recall-probe', 0, 1, 'verdict'],
  ],
};

const experimentItem: TraceShape = {
  weight: 1,
  service: 'experiment-runner',
  experiment: true,
  spans: [
    ['CHAIN', 'experiment-item-run', -1, 1, 'question'],
    ['GENERATION', 'candidate', 0, 4, 'chat'],
    ['EVALUATOR', 'exact-match', 0, 1, 'verdict'],
    ['EVALUATOR', 'semantic-similarity', 0, 2, 'verdict'],
    ['EMBEDDING', 'embed-answers', 3, 1, 'vector'],
    ['GENERATION', 'judge', 0, 3, 'chat'],
    ['EVALUATOR', 'conciseness', 0, 1, 'verdict'],
    ['RETRIEVER', 'reference-answers', 0, 1, 'documents'],
    ['TOOL', 'count_tokens', 0, 1, 'tool'],
    ['GUARDRAIL', 'within-budget', 0, 1, 'verdict'],
    ['EVENT', 'item-scored', 0, 1, 'none'],
    ['SPAN', 'store-scores', 0, 1, 'note'],
  ],
};

export const traceShapes: readonly TraceShape[] = [
  supportAgent,
  documentQuestions,
  directChat,
  invoiceReader,
  translation,
  reviewAgents,
  embeddingJob,
  experimentItem,
];
