import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import t from 'tap';
import { loginSentence } from '../../../../src/engine/login/result/login-messages.ts';
import type { LoginResult } from '../../../../src/engine/login/result/login-result.ts';

/**
 * The length of three lines in a terminal, or of a column in a list. Names are added to it, because users choose them.
 */
const LONGEST = 200;
const ROOT = join(import.meta.dirname, '..', '..', '..', '..', 'src');

const NAMES = {
  host: `${'h'.repeat(63)}.${'n'.repeat(63)}.svc`,
  port: 65_535,
  database: 'd'.repeat(63),
  role: 'r'.repeat(63),
};
const KINDS = [
  'password-refused',
  'wrong-password',
  'unknown-role',
  'expired',
  'no-password',
  'no-login',
  'no-database',
  'no-connect-right',
  'pg-hba',
  'dns',
  'refused',
  'timeout',
  'cut',
  'too-many-connections',
  'starting-up',
  'not-postgres',
  'other-method',
  'other',
] as const;
const TLS = [
  'absent',
  'wanted',
  'unwanted',
  'untrusted',
  'other-name',
  'expired',
  'no-authority',
  'handshake',
] as const;

t.test('states the result of a login in one short sentence, for any names', async (t) => {
  const verdicts: readonly LoginResult[] = [
    ...KINDS.map((kind) => ({ kind })),
    ...TLS.map((why) => ({ kind: 'tls', why }) as const),
    { kind: 'ok', standby: true },
    { kind: 'ok', standby: false, unproven: true },
  ];
  for (const verdict of verdicts) {
    let own = loginSentence(verdict, NAMES);
    for (const name of [NAMES.host, NAMES.database, NAMES.role]) own = own.replaceAll(name, '');
    t.ok(own.length <= LONGEST, `${own.length}: ${own}`);
  }
});

/** Folders whose texts go into conditions and Events, or to a terminal. */
const FOLDERS = ['engine/login', 'engine/diagnosis', 'controllers', 'report', 'errors'];
/** Descriptions of fields, which `kubectl explain` wraps. */
const NO_MESSAGES = ['schema.ts', 'postgres-schema.ts', 'redis-schema.ts'];
/** `init-db` prints its refusals in a pod's log, which has no limit. */
const ONLY_PRINTED = 'init-db/';

t.test('no message in the source exceeds the limit', async (t) => {
  for (const folder of FOLDERS) {
    const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).filter(
      (file) =>
        file.endsWith('.ts') && !NO_MESSAGES.includes(basename(file)) && !file.startsWith(ONLY_PRINTED),
    );
    t.ok(files.length > 0, folder);
    for (const file of files) {
      const source = readFileSync(join(ROOT, folder, file), 'utf8');
      for (const [, text = ''] of source.matchAll(/[`']([^`'\n]*)[`']/g)) {
        const own = text.replace(/\$\{[^}]*\}/g, '');
        if (own.length > LONGEST) t.fail(`${folder}/${file}: ${own.length}: ${own}`);
      }
    }
  }
});
