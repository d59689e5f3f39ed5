/** The scores that people, evaluators and the application itself give to sample traces and to generations. */
export interface ScoreKind {
  judged: 'trace' | 'generation';
  name: string;
  dataType: 'NUMERIC' | 'CATEGORICAL' | 'BOOLEAN';
  source: 'API' | 'EVAL' | 'ANNOTATION';
  /** Texts of the values 0, 1, …; empty where the number says it all. */
  labels: readonly string[];
}

const trueOrFalse = ['False', 'True'] as const;

/** Three kinds or more for each of the two, because a scored one gets up to three scores of different names. */
export const scoreKinds: readonly ScoreKind[] = [
  { judged: 'trace', name: 'helpfulness', dataType: 'NUMERIC', source: 'EVAL', labels: [] },
  { judged: 'trace', name: 'user-feedback', dataType: 'BOOLEAN', source: 'API', labels: trueOrFalse },
  {
    judged: 'trace',
    name: 'tone',
    dataType: 'CATEGORICAL',
    source: 'ANNOTATION',
    labels: ['curt', 'neutral', 'friendly'],
  },
  {
    judged: 'trace',
    name: 'outcome',
    dataType: 'CATEGORICAL',
    source: 'API',
    labels: ['solved', 'handed over', 'given up'],
  },
  { judged: 'trace', name: 'overall-quality', dataType: 'NUMERIC', source: 'ANNOTATION', labels: [] },
  { judged: 'generation', name: 'faithfulness', dataType: 'NUMERIC', source: 'EVAL', labels: [] },
  { judged: 'generation', name: 'refused', dataType: 'BOOLEAN', source: 'EVAL', labels: trueOrFalse },
  { judged: 'generation', name: 'similarity', dataType: 'NUMERIC', source: 'API', labels: [] },
  {
    judged: 'generation',
    name: 'style',
    dataType: 'CATEGORICAL',
    source: 'ANNOTATION',
    labels: ['too long', 'just right', 'too short'],
  },
];

export const scoreComments: readonly string[] = [
  'Names the right order, but not the date.',
  'The customer wrote "thanks!" afterwards.',
  '回答が短すぎます。',
  'First line: good.\nSecond line: the source is missing.',
];
