import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { run } from '../../../src/commands/program.ts';
import { aShell, lockstep } from '../../helpers/commands/commands.ts';
import { aSecret } from '../../helpers/commands/manifest-text.ts';
import { aSecretPolicy } from '../../helpers/policy/secret-policy.ts';

async function check(t: Test, text: string, ...options: readonly string[]) {
  const file = join(t.testdir(), 'app.yaml');
  writeFileSync(file, text);
  return lockstep('check', file, ...options);
}

interface Found {
  readonly rule: string;
  readonly key: string;
  readonly message: string;
  readonly fix: string;
}

async function findingsIn(t: Test, text: string, ...options: readonly string[]) {
  const { exitCode, stdout } = await check(t, text, '--format', 'json', ...options);
  const { secrets, objects } = JSON.parse(stdout);
  const checked = [...secrets, ...objects];
  const found: readonly Found[] = checked.flatMap(({ findings }) => findings);
  return {
    exitCode,
    verdicts: secrets.map(({ verdict }: { readonly verdict: string }) => verdict),
    kinds: objects.map(({ kind }: { readonly kind: string }) => kind),
    found,
    active: found.map(({ rule, key }) => `${rule} ${key}`.trim()),
    suppressed: checked
      .flatMap(({ suppressed }) => suppressed)
      .map(({ rule, key, suppression: { kind, reason } }) => `${rule} ${key} ${kind}: ${reason}`),
  };
}

const values = (lines: string): string => aSecret(`stringData:\n${lines}`);

t.test('a comment accepts the findings that it names, on its line alone', async (t) => {
  const text = values(
    '  # lockstep:ignore placeholder -- the pipeline fills it\n  JWT_SECRET: CHANGE_ME\n  API_KEY: CHANGE_ME\n',
  );
  t.match(await findingsIn(t, text), {
    exitCode: 1,
    verdicts: ['deny'],
    active: ['placeholder API_KEY'],
    suppressed: ['placeholder JWT_SECRET inSource: the pipeline fills it'],
  });
});

t.test(
  'a Secret whose denials are all accepted passes, and the text says that the cluster refuses it',
  async (t) => {
    const text = values('  API_KEY: CHANGE_ME # lockstep:ignore [lockstep/placeholder] -- OPS-412\n');
    t.match(await findingsIn(t, text), { exitCode: 0, verdicts: ['allow'], active: [] });
    const { exitCode, stdout } = await check(t, text);
    t.equal(exitCode, 0);
    t.match(
      stdout.replace(/\n {6}/g, ' '),
      /still refuses 1 Secret: default\/a\. An exception of the policy permits/,
    );
    t.match(stdout, /1 Secret in 1 file: 1 allowed; 1 finding accepted\n$/);
  },
);

t.test('a comment above the Secret accepts findings about keys that it lacks', async (t) => {
  const text = `# lockstep:ignore required -- an operator adds it\n${values('  SIZE: "7"\n')}`;
  const folder = t.testdir({
    'app.yaml': text,
    'policy.json': JSON.stringify(aSecretPolicy('own', { keys: { COLOUR: { required: true } } })),
  });
  const shell = aShell();
  const args = ['check', `${folder}/app.yaml`, '--policy', `${folder}/policy.json`, '--format', 'json'];
  t.equal(await run(args, shell), 0);
  t.match(JSON.parse(shell.printed.stdout).secrets, [
    { verdict: 'allow', findings: [], suppressed: [{ rule: 'required', key: 'COLOUR' }] },
  ]);
});

t.test('a comment accepts a finding about another object, and what --strict would fail on', async (t) => {
  const pod = `apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - name: a\n    envFrom:\n    # lockstep:ignore missing-reference -- made by hand\n    - secretRef: {name: absent}\n`;
  t.match(await findingsIn(t, `${values('  A: x\n')}---\n${pod}`, '--strict'), {
    exitCode: 0,
    suppressed: [/^missing-reference {2}inSource: made by hand$/],
  });
  const wrong = 'postgresql://app:other-Pa55word-9@db:5432/app';
  const url = values(
    `  POSTGRES_USER: app\n  POSTGRES_PASSWORD: tHe-r1ght-0ne-47x\n  POSTGRES_HOST: db\n  POSTGRES_DB: app\n  DATABASE_URL: ${wrong} # lockstep:ignore mismatch -- known\n`,
  );
  const { exitCode, stdout } = await check(t, url, '--strict', '--format', 'json');
  t.equal(exitCode, 0);
  t.match(JSON.parse(stdout).secrets, [
    { verdict: 'fix', changes: [{ reason: 'mismatch', suppression: { kind: 'inSource', reason: 'known' } }] },
  ]);
});

t.test('reports a comment that has no effect as a warning', async (t) => {
  for (const [comment, message, fix] of [
    ['ignore', 'names no rule', 'write # lockstep:ignore RULE -- REASON'],
    ['ignore -- a reason', 'names no rule', 'write #'],
    ['ignore placeholder', 'without a reason', 'write #'],
    ['ignore placeholder --', 'without a reason', 'write #'],
    ['ignore placeholder: a reason', 'the rule a, which does not exist', 'lockstep explain lists them'],
    ['ignore placehodler -- a', 'the rule placehodler, which does not exist', 'did you mean placeholder?'],
    ['ignore ignore-comment -- a', 'for the rule ignore-comment', 'correct the other comment'],
    ['ignore-next-line placeholder -- a', 'the comment lockstep:ignore-next-line, which', 'write #'],
    ['skip placeholder -- a', 'the comment lockstep:skip, which has no meaning', 'write #'],
    ['ignore weak -- a', 'for weak, and there is no such finding on line 6', 'remove it'],
  ] as const) {
    const { found, active } = await findingsIn(t, values(`  API_KEY: CHANGE_ME # lockstep:${comment}\n`));
    t.same(active, ['placeholder API_KEY', 'ignore-comment'], comment);
    t.match(found[1], { message, fix }, comment);
  }
});

t.test('of two rules, only the unused one is reported', async (t) => {
  const { found, suppressed } = await findingsIn(
    t,
    values('  API_KEY: CHANGE_ME # lockstep:ignore placeholder,weak -- a\n'),
  );
  t.match(found, [{ rule: 'ignore-comment', message: /for weak, and/ }]);
  t.equal(suppressed.length, 1);
});

t.test('reports a comment outside of a Secret for the file', async (t) => {
  const map =
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  PASSWORD: a # lockstep:ignore weak -- a\n';
  t.match(await findingsIn(t, `${values('  A: x\n')}---\n${map}`), {
    exitCode: 0,
    kinds: ['File'],
    found: [{ message: /^the file has an ignore comment for weak/ }],
  });
});

t.test('a comment is not unused if the run can not ask its rule', async (t) => {
  for (const rule of ['login', 'cross-secret', 'duplicate-name'])
    t.same((await findingsIn(t, values(`  A: x # lockstep:ignore ${rule} -- a\n`))).active, [], rule);
  const sealed = `apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: a}\nspec:\n  encryptedData:\n    A: AgB # lockstep:ignore weak -- a\n`;
  t.same((await findingsIn(t, sealed)).active, []);
});

t.test('a reason of a megabyte is cut, and a hostile one stays on its line', async (t) => {
  const reason = `a\u001b[31m\u202e::error::${'b'.repeat(1_000_000)}`;
  const text = values(
    `  API_KEY: CHANGE_ME # lockstep:ignore placeholder -- ${reason.replace('\u001b', '')}\n`,
  );
  for (const format of ['text', 'sarif', 'junit', 'github']) {
    const { exitCode, stdout } = await check(t, text, '--format', format);
    t.equal(exitCode, 0);
    t.ok(stdout.length < 100_000, format);
    t.notMatch(stdout, /^::error|\u202e/m, format);
  }
});
