/** What Temporal keeps of a project's workflows, as text in which secrets can be looked for. */
import type { ExportWorld } from './export-world.ts';

/** All texts inside a value, payloads of Temporal decoded. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (value instanceof Uint8Array) return [Buffer.from(value).toString()];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...textsOf(inner)]);
}

/**
 * Everything that Temporal has recorded of the workflows of a project: histories, memo, search attributes, details, pending work.
 * @param kinds the first words of the workflows' ids
 */
export async function recorded(
  { world }: Pick<ExportWorld, 'world'>,
  projectId: string,
  kinds: readonly string[] = ['integration', 'test-destination'],
): Promise<{ types: Set<string>; text: string }> {
  const { workflow } = world.temporal.client;
  const types = new Set<string>();
  const texts: string[] = [];
  for (const kind of kinds) {
    for await (const run of workflow.list({ query: `WorkflowId STARTS_WITH '${kind}/${projectId}/'` })) {
      const handle = workflow.getHandle(run.workflowId, run.runId);
      types.add(run.type);
      texts.push(...textsOf(await handle.fetchHistory()), ...textsOf((await handle.describe()).raw));
    }
  }
  return { types, text: texts.join('\n') };
}

/** Each secret that stands in one of the places, plain or in base64. */
export function secretsIn(places: Record<string, string>, secrets: Record<string, string>): string[] {
  return Object.entries(places).flatMap(([place, text]) =>
    Object.entries(secrets).flatMap(([name, secret]) => {
      const forms = [secret, Buffer.from(secret).toString('base64').replace(/=+$/, '')];
      return forms.some((form) => text.includes(form)) ? [`${name} in ${place}`] : [];
    }),
  );
}
