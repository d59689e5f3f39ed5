import type { Sealer } from '../../shared/sealed.ts';
import type { DestinationPolicy } from './policy.ts';

/** What a destination needs beside its configuration. */
export interface OpenOptions {
  sealer: Sealer;
  projectId: string;
  integrationId: string;
  policy: DestinationPolicy;
}
