import { Buffer } from 'node:buffer';
import t, { type Test } from 'tap';
import { anAttackedWebhook, callsInParallel } from '../../helpers/admission/attacked-webhook.ts';
import { aPolicyObject, aPolicyReview } from '../../helpers/admission/policy-review.ts';
import { aReview, aSecretObject, bytesOf } from '../../helpers/admission/review.ts';
import { post } from '../../helpers/admission/serving.ts';

const { to, attack } = await anAttackedWebhook(t);
const CONNECTIONS = 6;

const PLACEHOLDER = bytesOf(
  aReview({
    object: aSecretObject({ JWT_SECRET: 'changeme' }, { metadata: { name: 'app', namespace: 'team' } }),
  }),
);

/** A pattern of 200 KiB that no other one shares a part of. */
function largePattern(number: number): string {
  const classes = Array.from(
    { length: 26 },
    (_, at) => `[^\\pL${String.fromCharCode(0x2190 + ((31 * number + at) % 9000))}]`,
  );
  return `^${number}${classes.join('')}`;
}

function policyReview(number: number, patterns: number, bytes: number): Buffer {
  const keys = Object.fromEntries(
    Array.from({ length: patterns }, (_, key) => [
      `K${key}`,
      { pattern: largePattern(number * patterns + key), maxLength: 4096 },
    ]),
  );
  const environments = { e: Object.fromEntries([[`K`, 'x'.repeat(4000)]]) };
  const body = bytesOf(aPolicyReview({ object: aPolicyObject({ keys, environments }) }));
  // Metadata is not read.
  return Buffer.concat([
    body.subarray(0, -1),
    Buffer.from(`,"x":"${'x'.repeat(Math.max(0, bytes - body.length))}"}`),
  ]);
}

/** Policies are reviewed while others write Secrets. Each Secret with a placeholder is denied. */
const review = (t: Test, count: number, bodyOf: (index: number) => Buffer, isAllowed: boolean) =>
  attack(t, async () => {
    const policies = callsInParallel(count, CONNECTIONS, async (index) => {
      const { status, text } = await post(to, '/validate-policy?timeout=30s', bodyOf(index));
      return status === 200 ? JSON.parse(text).response : { status };
    });
    const secrets = callsInParallel(20, 1, async () => {
      const { status, text } = await post(to, '/validate?timeout=10s', PLACEHOLDER);
      return status === 200 && JSON.parse(text).response.allowed === false;
    });
    t.same(await secrets, Array(20).fill(true), 'each placeholder is denied meanwhile');
    const answers = await policies;
    t.ok(answers.some(({ allowed }) => allowed === isAllowed));
    t.notOk(answers.some(({ allowed }) => allowed === !isAllowed));
    return [];
  });

t.test('keeps no patterns of policies that it only reviews', (t) =>
  review(t, 300, (index) => policyReview(index, 5, 0), true),
);

t.test('refuses policies of 61 KB, 411 KB and 3 MiB that are too costly', (t) =>
  review(
    t,
    60,
    (index) => policyReview(index, 64, [61_000, 411_000, 3 * 1024 * 1024][index % 3] ?? 0),
    false,
  ),
);
