import t from 'tap';
import {
  type CredentialCondition,
  type CredentialReport,
  statusAfter,
  toStatusPhase,
} from '../../../../src/engine/login/status/status.ts';

const NOW = new Date('2026-11-25T10:00:00.500Z');
const EARLIER = '2026-01-01T00:00:00Z';
const READY: CredentialCondition = {
  type: 'Ready',
  status: 'True',
  reason: 'Available',
  message: 'all is well',
};

const aReport = (rest: Partial<CredentialReport> = {}): CredentialReport => ({
  generation: 3,
  version: 7,
  phase: 'Idle',
  lastRotation: new Date('2026-11-01T03:00:04.900Z'),
  nextRotation: undefined,
  conditions: [READY],
  ...rest,
});

t.test('a status has its generation, and times in whole seconds', async (t) => {
  t.strictSame(statusAfter(undefined, aReport(), NOW), {
    observedGeneration: 3,
    version: 7,
    phase: 'Idle',
    lastRotation: '2026-11-01T03:00:04Z',
    nextRotation: undefined,
    waitingFor: undefined,
    reason: READY.message,
    conditions: [{ ...READY, observedGeneration: 3, lastTransitionTime: '2026-11-25T10:00:00Z' }],
  });
});

t.test('the time of a condition is that of its last transition', async (t) => {
  const before = { conditions: [null, { type: 'Ready', status: 'True', lastTransitionTime: EARLIER }] };
  t.match(statusAfter(before, aReport(), NOW)?.conditions, [{ lastTransitionTime: EARLIER }]);
  const invalid = { type: 'Ready', status: 'False', reason: 'Invalid', message: 'x' } as const;
  t.match(statusAfter(before, aReport({ conditions: [invalid] }), NOW)?.conditions, [
    { lastTransitionTime: '2026-11-25T10:00:00Z' },
  ]);
});

t.test('writes no status that says the same again', async (t) => {
  const idle = { type: 'Progressing', status: 'False', reason: 'Idle', message: '' } as const;
  const both = aReport({ conditions: [READY, idle] });
  const stored = statusAfter(undefined, both, new Date(EARLIER));
  const asStored = JSON.parse(JSON.stringify({ ...stored, conditions: stored?.conditions.toReversed() }));
  t.equal(statusAfter(asStored, both, NOW), undefined);
  for (const other of [
    aReport(),
    { ...both, generation: 4 },
    { ...both, version: 8 },
    { ...both, phase: 'Apply' as const },
    { ...both, nextRotation: NOW },
    { ...both, waitsFor: { kind: 'not-ready' } as const },
    { ...both, conditions: [READY, { ...idle, message: 'another' }] },
  ])
    t.ok(statusAfter(asStored, other, NOW));
});

t.test('accepts any stored status', async (t) => {
  for (const stored of [undefined, null, 'x', 1, [], { conditions: 'x' }, { conditions: [null, 1] }])
    t.ok(statusAfter(stored, aReport(), NOW));
});

t.test('truncates a message to the limit of the CRD', async (t) => {
  const long = { ...READY, message: 'x'.repeat(40_000) };
  t.equal(
    statusAfter(undefined, aReport({ conditions: [long] }), NOW)?.conditions[0]?.message.length,
    32_768,
  );
});

t.test('spells a phase in PascalCase', async (t) => {
  t.equal(toStatusPhase('preflight'), 'Preflight');
  t.equal(toStatusPhase('rollback-apply'), 'RollbackApply');
});
