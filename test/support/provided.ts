/** Where the servers of a test run are; given by the global setup, read through `createWorld()`. */
export interface TestServers {
  readonly temporal: { readonly address: string; readonly namespace: string };
  readonly clickhouse: { readonly url: string; readonly user: string; readonly password: string };
  readonly s3: {
    readonly url: string;
    readonly region: string;
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
  };
}

/** The bundled workflow code, or why there is none: only tests that run workflows need it. */
export type WorkflowBundle = { readonly path: string } | { readonly error: string };

declare module 'vitest' {
  export interface ProvidedContext {
    servers: TestServers;
    workflowBundle: WorkflowBundle;
  }
}
