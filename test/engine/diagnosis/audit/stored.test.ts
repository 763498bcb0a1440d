import t from 'tap';
import { auditStored } from '../../../../src/engine/diagnosis/audit/stored.ts';
import type { Policy } from '../../../../src/engine/policy/policy.ts';
import { permissionsFor } from '../../../../src/engine/review/own-writes/permissions.ts';
import type { Secret } from '../../../../src/engine/secret/secret.ts';
import {
  aSecret,
  builtins,
  findingTexts,
  GOOD,
  STORY,
  STORY_URL,
  testContext,
  withHeal,
} from '../../../helpers/engine/engine.ts';

const audited = (secret: Secret, policies: readonly Policy[] = builtins) =>
  auditStored(permissionsFor(secret, undefined, policies, testContext), testContext);

const STALE = { ...STORY, DATABASE_URL: STORY_URL.replace(GOOD.password, GOOD.other) };

t.test('a correct Secret has no finding', async (t) => {
  const { verdict, decision } = audited(aSecret({ ...STORY, DATABASE_URL: STORY_URL }));
  t.equal(verdict, 'allow');
  t.same(findingTexts(decision), []);
  t.same(decision.policies, ['reconciliation', 'jwt-keys', 'no-placeholders', 'postgres-credentials']);
});

t.test('reports a drifted key only if the controller does not heal it', async (t) => {
  for (const policies of [withHeal('Off'), withHeal('Drift')])
    t.same(findingTexts(audited(aSecret(STALE), policies).decision), ['Enforce DATABASE_URL mismatch']);
  t.same(findingTexts(audited(aSecret(STALE), withHeal('Always')).decision), []);
  const owned = aSecret(STALE, { controller: 'ExternalSecret/app' });
  t.same(findingTexts(audited(owned).decision), ['Enforce DATABASE_URL mismatch']);
});

t.test('reports a value that only the mutating webhook would have corrected', async (t) => {
  const quoted = aSecret({ ...STORY, DATABASE_URL: STORY_URL, JWT_SECRET: `${GOOD.key}\n` });
  t.same(findingTexts(audited(quoted).decision), ['Enforce JWT_SECRET trailing-newline']);
});

t.test('reports a fault that was there before', async (t) => {
  const bad = aSecret({ ...STORY, DATABASE_URL: STORY_URL, JWT_SECRET: 'CHANGE_ME' });
  t.same(findingTexts(audited(bad).decision), ['Enforce JWT_SECRET placeholder']);
  t.equal(audited(bad).verdict, 'deny');
});

t.test('a Secret that is being deleted or exempt has no finding', async (t) => {
  for (const different of [{ deleting: true }, { namespace: 'kube-system' }, { type: 'helm.sh/release.v1' }])
    t.same(findingTexts(audited(aSecret({ JWT_SECRET: 'CHANGE_ME' }, different)).decision), []);
});
