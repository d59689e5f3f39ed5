import { configDefaults, defineConfig } from 'vitest/config';

const exclude = [...configDefaults.exclude, 'test/fixtures/**'];
const stackTests = 'test/**/*.stack.test.ts';

export default defineConfig({
  test: {
    // The servers of the stack tests need a core for themselves.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...exclude, stackTests],
          // Property tests are quick, but the machine may be busy.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'stack',
          include: [stackTests],
          exclude,
          globalSetup: 'test/support/stack.setup.ts',
          setupFiles: 'test/support/quiet.setup.ts',
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
