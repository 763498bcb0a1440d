import { Buffer } from 'node:buffer';
import { compilePolicy } from '../../../src/engine/policy/compile/compile.ts';
import type { Policy } from '../../../src/engine/policy/policy.ts';
import type { Request, Secret } from '../../../src/engine/secret/secret.ts';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { aSecretPolicy } from '../policy/secret-policy.ts';
import { fc } from '../property.ts';
import { aCreate, aSecret, builtins } from './engine.ts';

/** Keys that policies know, keys that programs trip over, and any key at all. */
export const key = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...builtins.flatMap(({ keys }) => keys.flatMap(namesOf))) },
  { weight: 1, arbitrary: fc.constantFrom('__proto__', 'constructor', 'toString', 'DIRECT_URL', 'a.b', '') },
  { weight: 1, arbitrary: fc.string({ maxLength: 20 }) },
);

function namesOf({
  name,
  aliases,
}: {
  readonly name: string;
  readonly aliases: readonly string[];
}): string[] {
  return [name, ...aliases];
}

export const strong = fc.stringMatching(/^[A-Za-z0-9]{24}$/);
const piece = fc.oneof(
  fc.constantFrom(
    '',
    'recon',
    'CHANGE_ME',
    '${X}',
    'p@ss/w0rd#?',
    'a b',
    'db:5432',
    'münchen',
    '%41',
    "'",
    '5432',
  ),
  strong,
  fc.string({ maxLength: 12, unit: 'binary' }),
);
const url = fc
  .tuple(
    fc.constantFrom('postgresql', 'postgres', 'postgresql+asyncpg', 'mysql', 'jdbc:postgresql', 'x'),
    piece,
    piece,
    fc.oneof(piece, fc.constantFrom('db', 'a:5432,b:5433', '[::1]', '', '%2Fvar%2Frun')),
    piece,
    fc.constantFrom('', '?sslmode=require', '?host=/tmp&password=x', '#f', '?a=b&a=c'),
  )
  .map(
    ([scheme, user, password, host, name, rest]) => `${scheme}://${user}:${password}@${host}/${name}${rest}`,
  );

const text = fc
  .tuple(
    fc.oneof(
      piece,
      url,
      strong,
      piece.map((one) => Buffer.from(one).toString('base64')),
      fc.string(),
    ),
    fc.constantFrom('', '', '', '\n', '\r\n', '"', ' ', '\0'),
  )
  .map(([one, end]) => (end === '"' ? `"${one}"` : `${one}${end}`));
const bytes = fc.oneof(
  { weight: 9, arbitrary: text.map((one) => Buffer.from(one)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }).map((one) => Buffer.from(one)) },
);
export const data = fc
  .array(fc.tuple(key, bytes), { maxLength: 12 })
  .map((pairs) => new Map(pairs.map(([name, value]) => [name, Sensitive.fromBytes(value)])));

const metadata = fc.record({
  name: fc.constantFrom('reconciliation-secrets', 'reconciliation-secrets', 'app', ''),
  annotations: fc.constantFrom(new Map<string, string>(), new Map([['lockstep.dev/generate', 'true']])),
  immutable: fc.boolean(),
  controller: fc.constantFrom(undefined, undefined, undefined, 'ExternalSecret/x'),
});

const request: fc.Arbitrary<Request> = fc
  .tuple(
    metadata,
    data,
    fc.option(data),
    fc.boolean(),
    fc.constantFrom('alice', 'system:serviceaccount:velero:velero'),
  )
  .map(([rest, after, before, overlaps, username]) => {
    const secret: Secret = { ...aSecret({}, rest), data: after };
    if (before === null) return { operation: 'CREATE', secret, old: undefined, username };
    // Most updates change a key or two of what is there.
    const merged = overlaps ? new Map([...after, ...before]) : before;
    return { operation: 'UPDATE', secret, old: { ...secret, data: merged }, username };
  });

const NAMES = ['A', 'B', 'C', 'D', 'URL'];
const name = fc.constantFrom(...NAMES);
const template = fc
  .array(
    fc.oneof(
      name.map((one) => `\${${one}}`),
      name.map((one) => `\${${one}:-x}`),
      fc.constantFrom('-', '/', ':', '@', '?a='),
    ),
    {
      maxLength: 5,
    },
  )
  .map((parts) => parts.join(''));
const entry = fc.record(
  {
    required: fc.boolean(),
    sensitive: fc.boolean(),
    minLength: fc.integer({ min: 1, max: 40 }),
    aliases: fc.subarray(['a', 'b', 'c', 'd'], { minLength: 1 }),
    format: fc.constantFrom('uri', 'port', 'json', 'pem', 'uuid'),
    action: fc.constantFrom('Enforce', 'Warn', 'Audit'),
    derive: fc.oneof(
      template.map((one) => ({ template: `postgresql://${one}` })),
      fc.constant({ template: 'postgresql://${A}:${B}@${C:-db}:${D:-5432}/app', free: ['port'] }),
      template.map((one) => ({ template: one === '' ? 'x' : one, mode: 'Exact' })),
    ),
    distinctFrom: fc.subarray(NAMES, { minLength: 1 }),
  },
  { requiredKeys: [] },
);
const policy = fc
  .tuple(fc.constantFrom('p', 'q', 'r'), fc.dictionary(name, entry), fc.integer({ min: -2, max: 2 }))
  .map(([metadataName, keys, precedence]) =>
    compilePolicy(aSecretPolicy(metadataName, { keys, precedence, match: {} })),
  )
  .filter((compiled) => 'policy' in compiled)
  .map((compiled) => (compiled as { readonly policy: Policy }).policy);
export const policies = fc.oneof(fc.constant(builtins), fc.array(policy, { minLength: 1, maxLength: 3 }));
const smallData = fc
  .array(fc.tuple(fc.constantFrom(...NAMES, 'a', 'b', 'c', 'd'), bytes), { maxLength: 8 })
  .map((pairs) => new Map(pairs.map(([one, value]) => [one, Sensitive.fromBytes(value)])));
export const anyRequest = fc.oneof(
  request,
  smallData.map((values): Request => ({ ...aCreate({}), secret: { ...aSecret({}), data: values } })),
  fc.tuple(smallData, smallData).map(
    ([before, after]): Request => ({
      operation: 'UPDATE',
      secret: { ...aSecret({}), data: after },
      old: { ...aSecret({}), data: before },
      username: 'alice',
    }),
  ),
);
