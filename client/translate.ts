import {
  isGrpcServiceError,
  NamespaceNotFoundError,
  QueryNotRegisteredError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { ApplicationFailure, rootCause, TemporalFailure } from '@temporalio/common';
import { z } from 'zod';
import { SEARCH_ATTRIBUTES } from '../shared/search-attributes.ts';
import { ExportsError, NotFound, Refused, Unavailable } from './errors.ts';

/** Numbers of gRPC, as its specification fixes them. */
const GRPC = {
  invalidArgument: 3,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  unauthenticated: 16,
} as const;

/** Turns what Temporal's client throws into an error of ours. @param about see `CallOptions` */
export function toExportsError(error: unknown, about: string, namespace: string): ExportsError {
  if (error instanceof ExportsError) return error;
  if (error instanceof WorkflowNotFoundError) return notFound(about);
  if (error instanceof WorkflowUpdateFailedError || error instanceof WorkflowFailedError) {
    return new Refused(
      reasonOf(error.cause) ?? `${about} refused without a reason; see its history in the Temporal UI.`,
    );
  }
  if (error instanceof NamespaceNotFoundError) return noNamespace(namespace);
  const fault = grpcFault(error);
  if (fault === undefined) {
    return new Unavailable(
      `Temporal could not be asked (${rootCause(error) ?? 'unknown error'}). See whether the connection is open.`,
    );
  }
  const { code, details } = fault;
  switch (code) {
    case GRPC.notFound:
      return /^namespace/i.test(details) ? noNamespace(namespace) : notFound(about);
    case GRPC.permissionDenied:
    case GRPC.unauthenticated:
      return new Unavailable(
        `Temporal refuses this client (${details}). Check the connection's API key or certificate, and its rights in namespace "${namespace}".`,
      );
    case GRPC.resourceExhausted:
      return new Unavailable(`Temporal is busy (${details}). Try again in a moment.`);
    case GRPC.invalidArgument:
      if (/search attribute/i.test(details)) return new Unavailable(unregistered(details, namespace));
      break;
  }
  return new Unavailable(
    `Temporal could not be asked (${details}). See whether its server runs at the address of the connection.`,
  );
}

export function notFound(about: string): NotFound {
  const all = about.startsWith('Batch export') ? 'batch exports' : 'integrations';
  return new NotFound(
    `${about} does not exist: it was never made, or it was deleted. List the ${all} of the project to see which there are.`,
  );
}

function noNamespace(namespace: string): Unavailable {
  return new Unavailable(
    `Temporal has no namespace "${namespace}". Create it, or name another one in createExportsClient.`,
  );
}

/** Why a query was not answered: no worker has polled lately, or workers fail at this workflow. Undefined for other errors. */
export function unanswered(error: unknown): string | undefined {
  if (error instanceof QueryNotRegisteredError) return error.message;
  const fault = grpcFault(error);
  return fault?.code === GRPC.failedPrecondition ? fault.details : undefined;
}

/** What the workflow or its activity says, with the remedy where one was given. */
function reasonOf(failure: unknown): string | undefined {
  for (let cause = failure; cause instanceof TemporalFailure; cause = cause.cause) {
    if (!(cause instanceof ApplicationFailure)) continue;
    const { data } = withRemedy.safeParse(cause.details?.[0]);
    return data === undefined ? cause.message : `${data.message} ${data.remedy}`.trim();
  }
  return rootCause(failure);
}

const withRemedy = z.object({ message: z.string(), remedy: z.string() });

/** The gRPC error inside the client's wrappers. */
function grpcFault(error: unknown): { code: number; details: string } | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    // Not its `details`: for update-with-start only the message tells which half failed, and why.
    if (isGrpcServiceError(cause)) return { code: cause.code, details: cause.message.replace(/^\d+ [A-Z_]+: /, '') };
  }
  return undefined;
}

function unregistered(details: string, namespace: string): string {
  const options = SEARCH_ATTRIBUTES.map(({ name, type }) => {
    const word = type === 'DATETIME' ? 'Datetime' : 'Keyword';
    return `--name ${name} --type ${word}`;
  }).join(' ');
  return `Temporal does not know our search attributes yet (${details}). Start a worker that may register them, or run: temporal operator search-attribute create --namespace ${namespace} ${options}. They take some seconds to spread.`;
}
