import { DefaultLogger, Runtime } from '@temporalio/worker';

// Workers say a dozen lines each as they come and go; tests show only what went wrong.
Runtime.install({ logger: new DefaultLogger('ERROR') });
