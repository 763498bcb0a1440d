import t from 'tap';
import type { FollowLeaderNeeds } from '../../../src/commands/secret-session/follow-leader.ts';
import { followRollout } from '../../../src/commands/secret-session/follow-rollout.ts';
import { newRecord, type Rollout } from '../../../src/engine/secret/record/record.ts';
import { at, values } from '../../helpers/engine/record.ts';

const PLACE = { namespace: 'shop', name: 'app' };
const BEGUN = newRecord('u1', values({ A: '1' }), { time: at(0), by: 'kubectl', why: { kind: 'seen' } });
const OPEN: Rollout = {
  changes: [{ number: 2, time: at(0), keys: ['A'] }],
  done: new Map(),
  current: undefined,
  stopped: undefined,
};
const waitingFor = (workload: string): Rollout => ({ ...OPEN, current: { workload, since: at(1) } });
const stoppedAt = (workload: string): Rollout => ({ ...OPEN, stopped: { workload, reason: 'was too slow' } });

/** `seen`: the rollout at each read, of which the last repeats. undefined means finished, and null no record. */
function aWorld(seen: readonly (Rollout | undefined | null)[], rest: Partial<FollowLeaderNeeds> = {}) {
  const lines: string[] = [];
  let looks = 0;
  let now = 0;
  const needs: FollowLeaderNeeds = {
    readRecord: async () => {
      const rollout = seen[Math.min(looks, seen.length - 1)];
      looks += 1;
      if (rollout === null) return { kind: 'absent' };
      return { kind: 'read', record: { ...BEGUN, rollout }, resourceVersion: String(looks) };
    },
    isLed: async () => true,
    print: (line) => lines.push(line),
    pause: async (milliseconds) => {
      now += milliseconds;
    },
    clock: () => now,
    timeout: 600_000,
    ...rest,
  };
  return { needs, lines, now: () => now };
}

t.test('prints the steps of a controller to the end', async (t) => {
  const { needs, lines } = aWorld([
    OPEN,
    waitingFor('Deployment/api'),
    waitingFor('Deployment/web'),
    undefined,
  ]);
  t.same(await followRollout(PLACE, needs), { kind: 'finished' });
  t.same(lines, [
    'Deployment/api is restarted',
    'Deployment/api is rolled out',
    'Deployment/web is restarted',
    'Deployment/web is rolled out',
  ]);
});

t.test('does not claim that a workload between two reads was restarted', async (t) => {
  const passed = { ...waitingFor('Deployment/web'), done: new Map([['CronJob/report', 2]]) };
  const { needs, lines } = aWorld([OPEN, passed, undefined]);
  t.same(await followRollout(PLACE, needs), { kind: 'finished' });
  t.same(lines, ['CronJob/report is done', 'Deployment/web is restarted', 'Deployment/web is rolled out']);
});

t.test('says that Reloader restarts a workload', async (t) => {
  const left = waitingFor('Deployment/api');
  const { needs, lines } = aWorld([
    { ...left, current: left.current && { ...left.current, leftToReloader: true as const } },
    left,
    undefined,
  ]);
  t.same(await followRollout(PLACE, needs), { kind: 'finished' });
  t.same(lines, [
    'Deployment/api is left to Reloader: waiting until it is restarted',
    'Deployment/api is restarted',
    'Deployment/api is rolled out',
  ]);
});

t.test('ends where the rollout stops, and does not count the stopped workload as rolled out', async (t) => {
  const { needs, lines } = aWorld([waitingFor('Deployment/api'), stoppedAt('Deployment/api')]);
  t.same(await followRollout(PLACE, needs), { kind: 'stopped', sentence: 'Deployment/api was too slow' });
  t.same(lines, ['Deployment/api is restarted']);
});

t.test('does not wait forever for a missing record, or for a controller without progress', async (t) => {
  t.match(await followRollout(PLACE, aWorld([OPEN, null]).needs), {
    kind: 'stopped',
    sentence: /^its record is gone/,
  });
  const { needs, now } = aWorld([waitingFor('Deployment/api')]);
  t.match(await followRollout(PLACE, needs), {
    kind: 'stopped',
    sentence: 'Deployment/api has made no progress for a long time',
  });
  t.ok(now() > 600_000);
  t.match(await followRollout(PLACE, aWorld([OPEN]).needs), {
    sentence: /^the controller has made no progress/,
  });
});
