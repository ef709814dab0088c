import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

// Packages are taken from their sources: no build is needed to test them.
const conditions = ['holdfast-source', 'node', 'module', 'development|production'];

/** Whoever computes much, drives browsers or waits for a penalty to end: thirty busy processes make it fifteen times as slow. */
const patient = { testTimeout: 180_000, hookTimeout: 180_000 };

function project(name: string, include: string, options: TestProjectInlineConfiguration['test'] = {}) {
  return {
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: { name, include: [include], pool: 'forks', testTimeout: 60_000, hookTimeout: 60_000, ...options },
  } satisfies TestProjectInlineConfiguration;
}

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      project('protocol', 'packages/protocol/src/**/*.test.ts'),
      project('server', 'packages/server/src/**/*.test.ts'),
      project('doctor-package', 'packages/doctor/src/**/*.test.ts'),
      project('client', 'packages/client/src/**/*.test.ts'),
      project('simulation', 'test/simulation/**/*.test.ts'),
      project('conformance', 'test/conformance/**/*.test.ts'),
      project('fallback', 'test/fallback/**/*.test.ts', { ...patient, maxWorkers: 1, sequence: { groupOrder: 2 } }),
      project('matrix', 'test/matrix/**/*.test.ts', patient),
      // Each file holds five boxes at a time, which is work enough for two cores.
      project('boxes', 'test/boxes/**/*.test.ts', { ...patient, maxWorkers: 1, sequence: { groupOrder: 3 } }),
      project('doctor', 'test/doctor/**/*.test.ts', { ...patient, maxWorkers: 1, sequence: { groupOrder: 3 } }),
      // Browsers fill both cores by themselves: one file at a time, after everything else.
      project('browsers', 'test/browsers/**/*.test.ts', { ...patient, maxWorkers: 1, sequence: { groupOrder: 1 } }),
      project('engines', 'test/engines/**/*.test.ts', { ...patient, maxWorkers: 1, sequence: { groupOrder: 2 } }),
    ],
  },
});
