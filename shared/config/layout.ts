/** Folder templates: which variables they may name. The keys themselves are made in `names.ts`. */
export const LAYOUT_VARIABLES = [
  'projectId',
  'integrationId',
  'source',
  'axis',
  'date',
  'hour',
  'year',
  'month',
  'day',
] as const;
export type LayoutVariable = (typeof LAYOUT_VARIABLES)[number];

/** What is wrong with a folder template, or undefined when it is fine. */
export function templateProblem(template: string): string | undefined {
  for (const [, variable = ''] of template.matchAll(/\{([^{}]*)\}/g)) {
    if (!LAYOUT_VARIABLES.some((known) => known === variable)) {
      return `template: unknown variable {${variable}}; there are ${LAYOUT_VARIABLES.map((known) => `{${known}}`).join(' ')}`;
    }
  }
  const rest = template.replace(/\{[^{}]*\}/g, 'x');
  if (!/^[A-Za-z0-9!_.*'()=/-]+$/.test(rest))
    return "template: only variables, letters, digits and ! _ . * ' ( ) = / -";
  if (
    rest.startsWith('/') ||
    rest.endsWith('/') ||
    rest.includes('//') ||
    rest.split('/').some((part) => part === '..' || part === '.')
  ) {
    return 'template: a folder such as {source}/{date}: no "/" at either end, no empty, "." or ".." folder';
  }
  return undefined;
}
