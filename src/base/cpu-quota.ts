// How many processors a container may use: a quota of their time, which the number of cores does not show.
// With a quota of 2 processors, 41 threads train at a fifth of the speed of 2 threads.

/** Reads a file; returns undefined if there is none. */
export type ReadText = (path: string) => string | undefined;

const ROOT = '/sys/fs/cgroup';

/**
 * The number of processors that the quotas of Linux's control groups (version 1 or 2) allow this process,
 * from its own group and all groups above it: at least 1, rounded down. Infinity without a limit.
 */
export function cpuQuota(read: ReadText): number {
  let least = Number.POSITIVE_INFINITY;
  const note = (quota: string | undefined, period: string | undefined) => {
    const share = Number.parseInt(quota ?? '', 10) / Number.parseInt(period ?? '', 10);
    if (share > 0 && share < least) least = share; // 'max' and -1 mean no limit
  };
  for (const line of read('/proc/self/cgroup')?.trim().split('\n') ?? []) {
    const [, controllers = '', path = '/'] = line.split(':');
    if (controllers === '') {
      for (const group of upwards(path)) {
        const [quota, period] = read(`${ROOT}${group}/cpu.max`)?.trim().split(' ') ?? [];
        note(quota, period);
      }
    } else if (controllers.split(',').includes('cpu')) {
      for (const group of upwards(path)) {
        const folder = `${ROOT}/cpu${group}`;
        note(read(`${folder}/cpu.cfs_quota_us`), read(`${folder}/cpu.cfs_period_us`));
      }
    }
  }
  return Math.max(1, Math.floor(least));
}

/** The group and all groups above it, up to the root: '/a/b', '/a', ''. A container's own may be the root. */
function upwards(path: string): string[] {
  const parts = path.split('/').filter(Boolean);
  return Array.from({ length: parts.length + 1 }, (_, i) =>
    parts
      .slice(0, parts.length - i)
      .map((part) => `/${part}`)
      .join(''),
  );
}
