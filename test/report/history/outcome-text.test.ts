import t from 'tap';
import { outcomeLines, rolloutLines } from '../../../src/report/history/outcome-text.ts';

const PAUSED = 'Deployment/backend: it is paused; kubectl rollout resume restarts it';
const CONTEXT = { secret: 'shop/app', version: 7, durationMs: 14_000, fromSecret: false };

t.test('a changed password names the consumers that still have the one from before', async (t) => {
  const lines = (outdated: readonly string[] | undefined) =>
    outcomeLines({ kind: 'changed' }, { ...CONTEXT, outdated });
  t.same(lines([]), [
    'Secret and server have the password of version 7, and its consumers are rolled out: 14s',
  ]);
  t.same(lines([PAUSED]), [
    'Secret and server have the password of version 7, and not all its consumers are rolled out: 14s',
    `  ${PAUSED}`,
  ]);
  t.same(lines(undefined), ['Secret and server have the password of version 7: 14s']);
});

t.test('the end of a rollout names the consumers that it has passed', async (t) => {
  t.same(rolloutLines([]), ['all consumers are rolled out']);
  t.same(rolloutLines([PAUSED]), ['not all consumers are rolled out:', `  ${PAUSED}`]);
  t.same(rolloutLines(undefined), ['the rollout has ended']);
});
