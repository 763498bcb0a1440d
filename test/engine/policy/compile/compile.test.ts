import t from 'tap';
import { compilePolicy } from '../../../../src/engine/policy/compile/compile.ts';
import { aSecretPolicy } from '../../../helpers/policy/secret-policy.ts';

const problemsOf = (spec: unknown): readonly string[] => {
  const compiled = compilePolicy(aSecretPolicy('p', spec));
  return 'problems' in compiled
    ? compiled.problems.map(({ path, message }) => `${path.join('.')}: ${message}`)
    : [];
};

t.test('a minimal policy compiles', async (t) => {
  t.same(problemsOf({ keys: { A: {} } }), []);
  t.same(problemsOf({ match: { namespaceSelector: { matchLabels: { team: 'payments' } } } }), []);
});

const rotated = (rotate: object, others: object = {}) => ({
  keys: { A: { generate: { length: 32 }, rotate: { schedule: '0 4 1 * *', ...rotate } }, ...others },
});

t.test('a valid rotation compiles', async (t) => {
  for (const spec of [
    rotated({ schedule: '0 4 1 */6 *', timeZone: 'Europe/Berlin', previousKey: 'B', gracePeriod: '7d' }),
    rotated({ previousKey: 'B' }, { B: { sensitive: true, minLength: 32 } }),
    rotated({ schedule: '0 4 29 2 *', previousKey: '__proto' }),
    rotated({ schedule: '0 4 L * SUN', previousKey: 'constructor' }),
  ]) {
    t.same(problemsOf(spec), []);
  }
});

t.test('reports each contradiction with its path and fix', async (t) => {
  for (const [spec, expected] of [
    [{ macth: {} }, /^spec\.macth: is no field of a SecretPolicy: did you mean match\?$/],
    [{ keys: { A: { minLenght: 8 } } }, /^spec\.keys\.A\.minLenght: .*: did you mean minLength\?$/],
    [{ colour: 'red' }, /^spec\.colour: is no field of a SecretPolicy: remove it or correct its name$/],
    [
      { constructor: {} },
      /^spec\.constructor: is no field of a SecretPolicy: remove it or correct its name$/,
    ],
    [{ match: { namespaceSelector: { labels: {} } } }, /namespaceSelector\.labels: is no field/],
    [{ match: { names: 'x' } }, /^spec\.match\.names: has the wrong type: write a list/],
    [{ action: 'Deny' }, /^spec\.action: .*Enforce/],
    [{ keys: { 'a b': {} } }, /is no key that a Secret can hold/],
    [
      { keys: { A: { derive: { template: '${B}' } } } },
      /A\.derive\.template: names \$\{B\}, which is neither under keys/,
    ],
    [{ keys: { A: { derive: { template: '${B' } } } }, /A\.derive\.template: has a "\$\{" that is no/],
    [
      { keys: { A: { derive: { template: 'postgresql://' } } } },
      /begins like a URL and is none: fix the template/,
    ],
    [
      { keys: { P: {}, A: { derive: { template: 'postgresql://u:${P}@a@b/c d#' } } } },
      /begins like a URL and is none/,
    ],
    [{ keys: { A: { derive: { template: '${A}' } } } }, /A\.derive\.template: is derived from itself/],
    [
      {
        keys: {
          A: { derive: { template: '${B}' } },
          B: { derive: { template: '${C}' } },
          C: { derive: { template: '${A}' } },
        },
      },
      /B\.derive\.template: is derived from itself/,
    ],
    [{ keys: { A: { aliases: ['B'] }, B: {} } }, /A\.aliases\.0: is already a name of B/],
    [{ keys: { A: { aliases: ['X'] }, B: { aliases: ['X'] } } }, /B\.aliases\.0: is already a name of A/],
    [
      { keys: { A: { generate: { length: 16 }, minLength: 32 } } },
      /A\.generate: makes a value shorter than minLength/,
    ],
    [{ keys: { A: { schemes: ['redis'] } } }, /A\.schemes: needs format: uri/],
    [{ keys: { A: { distinctFrom: ['A'] } } }, /can not differ from itself/],
    [{ keys: { A: { distinctFrom: ['B'] } } }, /names B, which is not under keys/],
    [{ keys: { A: { rotate: { schedule: '0 4 1 * *' } } } }, /A\.rotate: needs generate/],
    [
      { keys: { A: { derive: { template: 'x' }, onChange: 'Keep' } } },
      /A\.onChange: a derived key follows its/,
    ],
    [
      { keys: { A: { derive: { template: 'x' }, onChange: 'Refuse' } } },
      /A\.onChange: a derived key follows/,
    ],
    [{ keys: { A: { onChange: 'keep' } } }, /A\.onChange: must be one of Accept, Keep, Refuse/],
    [{ keys: { A: { derive: { template: 'x' }, generate: { length: 16 } } } }, /either derived or generated/],
    [
      {
        keys: {
          P: { generate: { length: 16 }, rotate: { schedule: '0 4 1 * *' } },
          U: { derive: { template: 'postgresql://a:${P}@h/d' } },
        },
      },
      /P\.rotate: .*PostgresCredential/,
    ],
    [
      rotated({ schedule: '61 4 1 * *' }),
      /A\.rotate\.schedule: is not a cron schedule of five fields that can/,
    ],
    [rotated({ schedule: '0 4 30 FEB ?' }), /A\.rotate\.schedule: never comes/],
    [rotated({ schedule: '0 4 31 4,6,9,11 *' }), /A\.rotate\.schedule: never comes/],
    [rotated({ timeZone: 'Mars/Olympus' }), /A\.rotate\.timeZone: is no time zone that is known/],
    [rotated({ gracePeriod: '24h' }), /A\.rotate\.gracePeriod: needs previousKey/],
    [
      rotated({ previousKey: 'B', gracePeriod: '24 hours' }),
      /A\.rotate\.gracePeriod: is not a duration: write 365d/,
    ],
    [rotated({ previousKey: 'A' }), /A\.rotate\.previousKey: is the key itself/],
    [
      rotated({ previousKey: 'B' }, { B: { derive: { template: 'x' } } }),
      /previousKey: names a key that has derive itself/,
    ],
    [
      rotated({ previousKey: 'B' }, { B: { generate: { length: 32 } } }),
      /previousKey: names a key that has generate itself/,
    ],
    [
      rotated({ previousKey: 'B' }, { B: { required: true } }),
      /previousKey: names a key that is required, and that is there/,
    ],
    [
      rotated({ previousKey: 'B' }, { C: { aliases: ['B'] } }),
      /previousKey: is another spelling of C: name a key of its own/,
    ],
    [
      rotated(
        { previousKey: 'B' },
        { C: { generate: { length: 32 }, rotate: { schedule: '0 4 * * *', previousKey: 'B' } } },
      ),
      /C\.rotate\.previousKey: keeps the value of A already/,
    ],
    [{ keys: { A: { required: true, recommended: true } } }, /A\.recommended: a required key is not only/],
    [
      { keys: { A: { minLength: 15, recommendedLength: 15 } } },
      /A\.recommendedLength: must be greater than minLength/,
    ],
    [
      { keys: { A: { generate: { length: 12 }, minLength: 8, recommendedLength: 15 } } },
      /A\.generate: makes a value shorter than recommendedLength/,
    ],
    [
      { exceptions: [{ namespace: 'a', name: 'b', keys: ['K'], reason: 'r', until: 'soon' }] },
      /until: is not a day/,
    ],
  ] as const) {
    t.match(problemsOf(spec).join('\n'), expected);
  }
});

t.test('reports a document that is no SecretPolicy in one sentence', async (t) => {
  for (const document of [undefined, null, 7, [], {}, { kind: 'Secret' }]) {
    t.same(compilePolicy(document), {
      problems: [
        {
          path: [],
          message: 'is no SecretPolicy: only kind SecretPolicy of lockstep.dev/v1alpha1 belongs here',
        },
      ],
    });
  }
});
