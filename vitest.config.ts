import { configDefaults, defineConfig } from 'vitest/config';

const exclude = [...configDefaults.exclude, 'test/fixtures/**'];
const stackTests = 'test/**/*.stack.test.ts';

export default defineConfig({
  test: {
    // The servers of the stack tests need a core for themselves.
    maxWorkers: 2,
    projects: [
      { test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: [...exclude, stackTests] } },
      {
        test: {
          name: 'stack',
          include: [stackTests],
          exclude,
          globalSetup: 'test/support/stack.setup.ts',
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
