import t from 'tap';
import { matchingPolicies } from '../../../../src/engine/policy/match/match.ts';
import type { Policy } from '../../../../src/engine/policy/policy.ts';
import { mutateSecret, validateSecret } from '../../../../src/engine/review/decide/decide.ts';
import { ValidationMemory } from '../../../../src/engine/review/decide/validation-memory.ts';
import type { Request } from '../../../../src/engine/secret/secret.ts';
import { anyRequest, policies } from '../../../helpers/engine/arbitrary.ts';
import {
  aCreate,
  afterMutation,
  anUpdate,
  builtins,
  GOOD,
  STORY,
  STORY_URL,
  testContext,
} from '../../../helpers/engine/engine.ts';
import { fc } from '../../../helpers/property.ts';

/** The request as the validating webhook gets it. */
function mutated(request: Request, by: readonly Policy[], memory: ValidationMemory): Request {
  return afterMutation(request, mutateSecret(request, by, testContext, memory));
}

const taken = (memory: ValidationMemory, request: Request, by: readonly Policy[] = builtins) =>
  memory.take(request, matchingPolicies(request, by));

t.test('the findings of the mutating webhook are those of the validating webhook', async (t) => {
  let hits = 0;
  fc.assert(
    fc.property(anyRequest, policies, (request, by) => {
      const memory = new ValidationMemory(testContext);
      const stored = mutated(request, by, memory);
      const findings = taken(memory, stored, by);
      if (findings === undefined) return;
      hits += 1;
      t.same(findings, validateSecret(stored, by, testContext).findings);
    }),
    { seed: 20261130, numRuns: 800 },
  );
  t.ok(hits >= 10, `${hits} of 800 writes were corrected`);
});

/** Its DATABASE_URL is corrected, and a stored placeholder is a warning. */
const REQUEST = anUpdate(
  { ...STORY, DATABASE_URL: STORY_URL, CSRF_SECRET: 'changeme' },
  { ...STORY, DATABASE_URL: STORY_URL, CSRF_SECRET: 'changeme', POSTGRES_PASSWORD: GOOD.other },
);

t.test('findings are taken once', async (t) => {
  const memory = new ValidationMemory(testContext);
  const stored = mutated(REQUEST, builtins, memory);
  t.same(
    taken(memory, stored)?.map(({ key, rule, action }) => [key, rule, action]),
    [['CSRF_SECRET', 'placeholder', 'Warn']],
  );
  t.equal(taken(memory, stored), undefined);
});

t.test('another request, policy or time is validated anew', async (t) => {
  const { secret, old } = REQUEST;
  const others: Readonly<Record<string, (stored: Request) => Request>> = {
    'an annotation': (stored) => ({
      ...stored,
      secret: { ...stored.secret, annotations: new Map([['a', 'b']]) },
    }),
    'a label': (stored) => ({ ...stored, secret: { ...stored.secret, labels: new Map([['a', 'b']]) } }),
    'a value': (stored) => ({
      ...stored,
      secret: {
        ...stored.secret,
        data: new Map([...stored.secret.data, ['X', secret.data.get('JWT_SECRET')!]]),
      },
    }),
    'a stored value': (stored) => ({ ...stored, old: { ...old!, data: new Map() } }),
    'a user': (stored) => ({ ...stored, username: 'system:serviceaccount:velero:velero' }),
    'a field manager': (stored) => ({ ...stored, fieldManager: 'lockstep' }),
    'an operation': (stored) => ({ ...stored, operation: 'CREATE', old: undefined }),
    'a namespace': (stored) => ({ ...stored, secret: { ...stored.secret, namespace: 'other' } }),
    'the type': (stored) => ({ ...stored, secret: { ...stored.secret, type: 'example.com/login' } }),
    'the owner': (stored) => ({ ...stored, secret: { ...stored.secret, controller: 'Cluster/db' } }),
  };
  for (const [name, change] of Object.entries(others)) {
    const memory = new ValidationMemory(testContext);
    const stored = mutated(REQUEST, builtins, memory);
    t.equal(taken(memory, change(stored)), undefined, name);
    t.ok(taken(memory, stored), `the request without ${name}`);
  }

  const memory = new ValidationMemory(testContext);
  const stored = mutated(REQUEST, builtins, memory);
  const replaced = builtins.map((policy) => ({ ...policy }));
  t.equal(taken(memory, stored, replaced), undefined, 'policies that were applied again');

  let now = testContext.now();
  const clocked = new ValidationMemory({ ...testContext, now: () => now });
  const later = mutated(REQUEST, builtins, clocked);
  now = new Date(now.getTime() + 10_000);
  t.equal(taken(clocked, later), undefined, 'ten seconds later');
});

t.test('a decision by the memory is the decision without it', async (t) => {
  const memory = new ValidationMemory(testContext);
  const stored = mutated(REQUEST, builtins, memory);
  const without = validateSecret(stored, builtins, testContext);
  t.same(validateSecret(stored, builtins, testContext, memory), without);
});

t.test('the memory is bounded', async (t) => {
  const memory = new ValidationMemory(testContext);
  const named = (number: number): Request => aCreate(STORY, { name: `reconciliation-${number}-secrets` });
  const stored = Array.from({ length: 101 }, (_, number) => mutated(named(number), builtins, memory));
  t.equal(taken(memory, stored[0]!), undefined, 'the oldest is gone');
  t.ok(taken(memory, stored[1]!));

  const large = mutated(aCreate({ ...STORY, blob: 'x'.repeat(64 * 1024) }), builtins, memory);
  t.equal(taken(memory, large), undefined, 'a large Secret');

  const placeholders = Object.fromEntries(
    Array.from({ length: 21 }, (_, number) => [`TOKEN_${number}_PASSWORD`, 'changeme']),
  );
  const faulty = mutated(aCreate({ ...STORY, ...placeholders }), builtins, memory);
  t.equal(taken(memory, faulty), undefined, 'more than 20 findings');
});
