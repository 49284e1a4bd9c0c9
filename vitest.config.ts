import { defineConfig } from 'vitest/config';

/** Tests of a real broker. The name says so, and the broker is started only for runs that have such a file. */
const KAFKA = ['test/**/*.int.test.ts', 'test/kafka/**/*.e2e.test.ts'];

export default defineConfig({
  test: {
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: ['default'],
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: KAFKA },
      },
      {
        extends: true,
        test: {
          name: 'kafka',
          include: KAFKA,
          globalSetup: ['test/kafka/broker/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
