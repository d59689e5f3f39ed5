import { z } from 'zod';
import { type IntegrationConfig, idSchema, integrationInputSchema, timeProblem } from '../shared/config/integration.ts';
import { InvalidConfig, type Issue } from './errors.ts';

/** Who asks; stands in the audit log. */
export const actorSchema = z.string().trim().min(1, 'say who asks: a user id or an e-mail address').max(200);
/** Why; stands in the audit log. */
export const reasonSchema = z.string().trim().min(1, 'say why; it stands in the audit log').max(1_000);

/** A `Date`, an ISO instant, or an ISO date (midnight UTC); comes out as an ISO instant in UTC. */
export const instantSchema = z
  .union([z.date(), z.iso.date(), z.iso.datetime({ offset: true })], {
    error: 'use a Date, or ISO text such as 2026-01-31T00:00:00Z',
  })
  .transform((value) => new Date(value).toISOString());
/** What `instantSchema` takes. */
export type Instant = Date | string;

export { idSchema };

/** @throws InvalidConfig with all faults */
export function parse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new InvalidConfig(issuesOf(result.error));
}

/**
 * Checks a configuration as people fill it in together with the arguments around it, so that all faults are known at once.
 * @param secrets `required`: a blank secret is a fault with this text; undefined: blank keeps the stored one
 * @returns the configuration with defaults, secrets still plain, and the other arguments
 * @throws InvalidConfig
 */
export function parseWithConfig<Shape extends z.ZodRawShape>(
  shape: Shape,
  value: { config: unknown },
  secrets: { required?: string },
): { config: IntegrationConfig; rest: z.output<z.ZodObject<Shape>> } {
  const rest = z.object(shape).safeParse(value);
  const config = integrationInputSchema.safeParse(value.config);
  const issues = [
    ...(rest.success ? [] : issuesOf(rest.error)),
    ...(config.success ? [] : issuesOf(config.error)),
    ...timeIssues(value.config),
    ...(secrets.required === undefined ? [] : blankSecretIssues(value.config, secrets.required)),
  ];
  if (!rest.success || !config.success || issues.length > 0) throw new InvalidConfig(issues);
  return { config: config.data, rest: rest.data };
}

const withStartDate = z.object({ startDate: z.union([z.iso.date(), z.iso.datetime()]) });

function timeIssues(config: unknown): Issue[] {
  const dated = withStartDate.safeParse(config);
  const problem = dated.success ? timeProblem(dated.data, Date.now()) : undefined;
  return problem === undefined ? [] : [{ path: 'startDate', message: problem.replace(/^startDate: /, '') }];
}

const blank = z.literal('');
/** Configurations without a secret of their destination, by the path of the secret. */
const BLANK_SECRETS = {
  'destination.credentials.secretAccessKey': z.object({
    destination: z.object({ credentials: z.object({ kind: z.literal('static'), secretAccessKey: blank }) }),
  }),
  'destination.projectApiKey': z.object({
    destination: z.object({ kind: z.literal('posthog'), projectApiKey: blank }),
  }),
  'destination.credentials.token': z.object({
    destination: z.object({ credentials: z.object({ kind: z.literal('project_token'), token: blank }) }),
  }),
  'destination.credentials.secret': z.object({
    destination: z.object({ credentials: z.object({ kind: z.literal('service_account'), secret: blank }) }),
  }),
};

const withRecipients = z.object({ recipients: z.array(z.unknown()) });
const blankWebhook = z.object({ kind: z.literal('webhook'), name: z.string(), url: z.literal('') });

/** Looks at what was given rather than at what was parsed, so that other faults do not hide this one. */
function blankSecretIssues(config: unknown, message: string): Issue[] {
  const recipients = withRecipients.safeParse(config).data?.recipients ?? [];
  const webhooks = recipients.flatMap((one) => blankWebhook.safeParse(one).data ?? []);
  return [
    ...blankKeyIssues(config, message),
    ...webhooks.map(({ name }) => ({ path: `recipients.${name}.url`, message })),
  ];
}

function blankKeyIssues(config: unknown, message: string): Issue[] {
  const without = Object.entries(BLANK_SECRETS).filter(([, shape]) => shape.safeParse(config).success);
  return without.map(([path]) => ({ path, message }));
}

/** Every fault with its dotted path. */
export function issuesOf(error: z.ZodError): Issue[] {
  return error.issues.map(({ path, message }) => ({ path: path.join('.') || 'configuration', message }));
}
