// A reporter that prints one line for each place that the suite ran in, with its counts.

import type { Reporter, TestModule, Vitest } from 'vitest/node';

export default class Places implements Reporter {
  #vitest!: Vitest;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const { logger, projects } = this.#vitest;
    for (const project of projects) {
      const own = modules.filter((module) => module.project === project);
      if (own.length === 0) continue;
      const tests = own.flatMap(({ children }) => [...children.allTests()]);
      const counts = (['passed', 'failed', 'skipped'] as const).flatMap((state) => {
        const count = tests.filter((test) => test.result().state === state).length;
        return count > 0 ? [`${count} ${state}`] : [];
      });
      // A file that cannot be loaded, or whose hook fails, may have no failed test.
      const failed = own.filter((module) => !module.ok()).length;
      if (failed > 0) counts.push(`failed files: ${failed}`);
      logger.log(`${project.name}: ${counts.join(', ')}`);
    }
  }
}
