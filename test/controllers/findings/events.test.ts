import t from 'tap';
import { type FindingEvent, findingEventRecorder } from '../../../src/controllers/findings/events.ts';
import type { Finding } from '../../../src/engine/secret/finding/finding.ts';
import { aFinding } from '../../helpers/commands/audited.ts';

function aTeller() {
  const notes: FindingEvent[] = [];
  const left: number[] = [];
  const world = { now: 0 };
  const events = findingEventRecorder({
    recordEvent: (note) => notes.push(note),
    onDropped: (count) => left.push(count),
    now: () => world.now,
  });
  const found = (namespace: string, findings: readonly Finding[], name = 'app') =>
    events.report({ namespace, name, uid: 'u-1', findings, counts: { Enforce: 0, Warn: 0, Audit: 0 } });
  return { events, found, notes, left, world };
}

const many = (count: number): readonly Finding[] =>
  Array.from({ length: count }, (_, index) => aFinding({ key: `KEY_${index}` }));

t.test('each finding is an Event of one sentence, with its policy', async (t) => {
  const { found, notes } = aTeller();
  found('shop', [aFinding(), aFinding({ action: 'Warn', rule: 'weak', message: 'is weak' })]);
  t.match(notes, [
    {
      secret: { namespace: 'shop', name: 'app', uid: 'u-1' },
      reason: 'SecretViolation',
      note: 'data[JWT_SECRET]: is a placeholder [lockstep/placeholder]: set a generated value, e.g. openssl rand -base64 48 (policy jwt-keys)',
    },
    { reason: 'SecretWarning' },
  ]);
  t.not(notes[0]?.identity, notes[1]?.identity);
});

t.test(
  'at most fifty Events a namespace until the scan ends, and dropped ones are reported once',
  async (t) => {
    const { events, found, notes, left, world } = aTeller();
    found('shop', many(60));
    world.now += 60_000;
    found('web', many(5));
    t.equal(notes.filter(({ secret }) => secret.namespace === 'shop').length, 50);
    t.equal(notes.length, 55);
    events.scanEnded();
    t.same(left, [10]);
    events.scanEnded();
    t.same(left, [10], 'nothing was left out since');
    world.now += 60_000;
    found('shop', many(1));
    t.equal(notes.length, 56, 'a new sweep may tell again');
  },
);

t.test('fifty Events at once, and then five a second', async (t) => {
  const { found, notes, world } = aTeller();
  for (let namespace = 0; namespace < 20; namespace += 1) found(`team-${namespace}`, many(10));
  t.equal(notes.length, 50);
  world.now += 1000;
  found('late', many(20));
  t.equal(notes.length, 55);
  world.now += 3_600_000;
  for (let namespace = 0; namespace < 20; namespace += 1) found(`later-${namespace}`, many(10));
  t.equal(notes.length, 105, 'a long silence is not saved up');
});
