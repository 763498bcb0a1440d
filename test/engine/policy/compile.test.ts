import t from 'tap';

import { compilePolicy } from '../../../src/engine/policy/compile.ts';

const problemsOf = (spec: unknown): readonly string[] => {
  const compiled = compilePolicy({
    apiVersion: 'lockstep.dev/v1alpha1',
    kind: 'SecretPolicy',
    metadata: { name: 'p' },
    spec,
  });
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

t.test('a rotation that can be carried out compiles', async (t) => {
  for (const spec of [
    rotated({ schedule: '0 4 1 */6 *', timeZone: 'Europe/Berlin', keep: 'B', keepFor: '7d' }),
    rotated({ keep: 'B' }, { B: { sensitive: true, minLength: 32 } }),
    rotated({ schedule: '0 4 29 2 *', keep: '__proto' }),
    rotated({ schedule: '0 4 L * SUN', keep: 'constructor' }),
  ]) {
    t.same(problemsOf(spec), []);
  }
});

t.test('each contradiction is named with its place and what to do', async (t) => {
  for (const [spec, expected] of [
    [{ macth: {} }, /^spec\.macth: is no field of a SecretPolicy: remove it or mend its name/],
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
      /begins like a URL and is none: mend the template/,
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
    [rotated({ keepFor: '24h' }), /A\.rotate\.keepFor: needs keep/],
    [rotated({ keep: 'B', keepFor: '24 hours' }), /A\.rotate\.keepFor: is not a duration: write 365d/],
    [rotated({ keep: 'A' }), /A\.rotate\.keep: is the key itself/],
    [
      rotated({ keep: 'B' }, { B: { derive: { template: 'x' } } }),
      /keep: names a key that has derive itself/,
    ],
    [
      rotated({ keep: 'B' }, { B: { generate: { length: 32 } } }),
      /keep: names a key that has generate itself/,
    ],
    [
      rotated({ keep: 'B' }, { B: { required: true } }),
      /keep: names a key that is required, and that is there/,
    ],
    [
      rotated({ keep: 'B' }, { C: { aliases: ['B'] } }),
      /keep: is another spelling of C: name a key of its own/,
    ],
    [
      rotated(
        { keep: 'B' },
        { C: { generate: { length: 32 }, rotate: { schedule: '0 4 * * *', keep: 'B' } } },
      ),
      /C\.rotate\.keep: keeps the value of A already/,
    ],
    [
      { exceptions: [{ namespace: 'a', name: 'b', keys: ['K'], reason: 'r', until: 'soon' }] },
      /until: is not a day/,
    ],
  ] as const) {
    t.match(problemsOf(spec).join('\n'), expected);
  }
});

t.test('what is no SecretPolicy is said in one sentence', async (t) => {
  for (const document of [undefined, null, 7, [], {}, { kind: 'Secret' }]) {
    t.same(compilePolicy(document), {
      problems: [
        {
          path: [],
          message: 'is no SecretPolicy: only kind: SecretPolicy of lockstep.dev/v1alpha1 belongs here',
        },
      ],
    });
  }
});
