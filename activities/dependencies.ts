import type { Job } from '../shared/activities.ts';
import type { Sealer } from '../shared/sealed.ts';
import type { OptionalDownloads } from './batch-export/downloads.ts';
import type { ObjectStore } from './destinations/object-store.ts';
import type { Mailer } from './mail/mailer.ts';
import type { ExportMetrics } from './metrics.ts';
import type { RecordsDatabase } from './records/database.ts';
import type { EventSink, SinkEvent } from './sinks/event-sink.ts';
import type { KeyedSource } from './source/keyed-rows.ts';
import type { Source, TallyStream } from './source/source.ts';

/** Whose destination it is, and which. */
export type StoreOwner = Pick<Job, 'projectId' | 'integrationId' | 'config'>;

/** Everything that activities reach for; made once per worker. */
export interface ActivityDependencies {
  source: Source & KeyedSource;
  tallyStream: TallyStream;
  /** Opens the destination of an integration, with its secrets. Throws ExportError. */
  openStore: (owner: StoreOwner) => Promise<ObjectStore>;
  /** The same for destinations that take events. */
  openSink: (owner: StoreOwner) => Promise<EventSink<SinkEvent>>;
  /** Ends a query of a dead attempt; one that does not run any more is fine. Never throws. */
  killQuery: (queryId: string) => Promise<void>;
  records: RecordsDatabase;
  sealer: Sealer;
  /** Stands in the owner marker: which installation writes to a folder. */
  installationId: string;
  metrics: ExportMetrics;
  /** Epoch ms. */
  clock: () => number;
  /** Where files of batch exports go, or why there is no such place. */
  downloads: OptionalDownloads;
  /** None when the operator has not set up a mail server. */
  mailer?: Mailer | undefined;
  /** Where people open the console. */
  consoleUrl?: string | undefined;
}

/** Opens the integration's sink for `work` and closes it afterwards, whatever happens. */
export async function withSink<T>(
  { openSink }: Pick<ActivityDependencies, 'openSink'>,
  owner: StoreOwner,
  work: (sink: EventSink<SinkEvent>) => Promise<T>,
): Promise<T> {
  const sink = await openSink(owner);
  try {
    return await work(sink);
  } finally {
    sink.close();
  }
}

/** Opens the integration's store for `work` and closes it afterwards, whatever happens. */
export async function withStore<T>(
  { openStore }: Pick<ActivityDependencies, 'openStore'>,
  owner: StoreOwner,
  work: (store: ObjectStore) => Promise<T>,
): Promise<T> {
  const store = await openStore(owner);
  try {
    return await work(store);
  } finally {
    store.close();
  }
}
