import t from 'tap';
import { classifyPlaceholder } from '../../../../src/engine/value/placeholder/classify.ts';
import { type Asks, DETECTORS } from '../../../../src/engine/value/placeholder/detectors.ts';
import { KeyName } from '../../../../src/engine/value/placeholder/key-name.ts';
import { ValueText } from '../../../../src/engine/value/placeholder/value-text.ts';

/** For each detector a value that no other one finds, and its key. */
const ALONE: readonly (readonly [name: string, asks: Asks, key: string, value: string])[] = [
  ['reference', 'secret', 'VALUE', 'op://vault/db/password'],
  ['reference of a tool', 'configuration', 'VALUE', 'op://vault/db/login'],
  ['template', 'secret', 'VALUE', '{{ .Values.db }}'],
  ['template of a renderer', 'configuration', 'VALUE', '{{ .Values.db }}'],
  ['command', 'secret', 'VALUE', '$(pwgen -s 32 1)'],
  ['command in $(…)', 'configuration', 'VALUE', '$(openssl rand -base64 32)'],
  ['filler', 'name', 'VALUE', 'xxxxxxxx'],
  ['filler of any key', 'configuration', 'VALUE', 'xxxxxxxx'],
  ['name of key, user or database', 'secret', 'VALUE', 'zk81xtqvw44x'],
  ['repetition, sequence, keyboard walk', 'secret', 'VALUE', '1q2w3e4r5t6y'],
  ['empty PEM block', 'secret', 'VALUE', '-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----'],
  ['comments only', 'secret', 'VALUE', '# ssh-keygen -f id\n# see above'],
  ['published value', 'secret', 'VALUE', 'correct horse battery staple'],
  ['phrase, pattern, or only words of placeholders', 'secret', 'VALUE', 'supersecretpassword'],
  ['instruction', 'configuration', 'VALUE', 'https://your-domain.com/'],
  ['description', 'configuration', 'CLIENT_ID', 'client-id'],
  ['published access key', 'configuration', 'ACCESS_KEY', 'minioadmin'],
  ['password behind a user', 'configuration', 'NEO4J_AUTH', 'neo4j:password'],
  ['list of placeholders', 'secret', 'VALUE', 'abc123,def456'],
  ['user and placeholder', 'secret', 'VALUE', 'zk81xtqvw44x:zk81xtqvw44x'],
  ['built on the name of the key', 'secret', 'quelbo-wenzo-key', 'zarimplex-quelbo-wenzo-key'],
];

for (const [name, asks, key, value] of ALONE) {
  t.test(`"${name}" finds a value that no other detector finds`, async (t) => {
    const context = { role: asks === 'generated' ? 'secret' : asks, key, name: new KeyName(key) } as const;
    const full = { ...context, known: ['zk81xtqvw44x'] };
    const classify = { value: classifyPlaceholder, part: classifyPlaceholder };
    const finders = DETECTORS.filter(
      (detector) =>
        detector.asks.includes(asks) && detector.find(new ValueText(value), full, classify) !== undefined,
    );
    t.same(
      finders.map((detector) => detector.name),
      [name],
    );
  });
}

t.test('every detector has such a value', async (t) => {
  t.same(
    DETECTORS.map(({ name }) => name),
    ALONE.map(([name]) => name),
  );
});
