import { expect, test } from 'vitest';
import { cpuQuota } from '../../../src/base/cpu-quota.js';

const V1 = '/sys/fs/cgroup/cpu';
const V1_SELF = '5:cpuset:/\n4:cpu,cpuacct:/docker/abc\n1:name=systemd:/docker/abc\n';

/** The files in /proc and /sys, and the number of processors that they allow. */
const CASES: Record<string, [Record<string, string>, number]> = {
  'nothing, as outside of Linux': [{}, Number.POSITIVE_INFINITY],
  'version 2, a container': [
    { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '200000 100000\n' },
    2,
  ],
  'version 2, no limit': [
    { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': 'max 100000\n' },
    Number.POSITIVE_INFINITY,
  ],
  'version 2, a service within a slice: the least of both': [
    {
      '/proc/self/cgroup': '0::/my.slice/my.service\n',
      '/sys/fs/cgroup/my.slice/my.service/cpu.max': '500000 100000\n',
      '/sys/fs/cgroup/my.slice/cpu.max': '300000 100000\n',
    },
    3,
  ],
  'version 2, 2.9 processors': [
    { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '290000 100000\n' },
    2,
  ],
  'version 2, half a processor': [
    { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '50000 100000\n' },
    1,
  ],
  'version 1, a container that sees its own group as the root': [
    {
      '/proc/self/cgroup': V1_SELF,
      [`${V1}/cpu.cfs_quota_us`]: '400000\n',
      [`${V1}/cpu.cfs_period_us`]: '100000\n',
    },
    4,
  ],
  'version 1, its group below the root, which has no limit': [
    {
      '/proc/self/cgroup': V1_SELF,
      [`${V1}/docker/abc/cpu.cfs_quota_us`]: '150000\n',
      [`${V1}/docker/abc/cpu.cfs_period_us`]: '50000\n',
      [`${V1}/cpu.cfs_quota_us`]: '-1\n',
      [`${V1}/cpu.cfs_period_us`]: '100000\n',
    },
    3,
  ],
  'files of something else': [
    { '/proc/self/cgroup': 'what?\n\n0::\n', '/sys/fs/cgroup/cpu.max': '0 0\nx' },
    Number.POSITIVE_INFINITY,
  ],
};

test.each(Object.entries(CASES))('%s', (_, [files, processors]) => {
  expect(cpuQuota((path) => files[path])).toBe(processors);
});
