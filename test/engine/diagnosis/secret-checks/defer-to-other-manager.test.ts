import t from 'tap';
import {
  deferToOtherManager,
  type FixTarget,
  loginRefusal,
} from '../../../../src/engine/diagnosis/secret-checks/defer-to-other-manager.ts';
import type { OtherManager } from '../../../../src/engine/secret/other-managers.ts';

const THEIRS = 'it is changed there';
const OURS = 'lockstep rotate shop/app';
const fix = (changes: FixTarget, kind: OtherManager['kind'] | undefined) =>
  deferToOtherManager(loginRefusal('refused', changes, OURS), kind && { kind, sentence: THEIRS }).fix;

t.test('replaces a fix that another writer would undo with the sentence about that writer', async (t) => {
  t.equal(fix('secret', 'conflict'), THEIRS);
  t.equal(fix('secret', 'external-store'), THEIRS);
  t.equal(fix('role-follows-secret', 'conflict'), THEIRS, 'both keep the password of the role');
});

t.test('keeps a fix that does not write the Secret', async (t) => {
  t.equal(fix('role-follows-secret', 'external-store'), OURS);
  for (const changes of ['server', 'nothing'] as const)
    for (const kind of ['conflict', 'external-store'] as const) t.equal(fix(changes, kind), OURS);
});

t.test('keeps a fix if no other writer is known, or only suspected', async (t) => {
  t.equal(fix('secret', undefined), OURS);
  t.equal(fix('secret', 'warning'), OURS);
});
