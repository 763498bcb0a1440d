import t from 'tap';
import { run } from '../../../src/commands/program.ts';
import { ruleTexts } from '../../../src/engine/review/rules/manifest-rules.ts';
import { lockstep } from '../../helpers/cluster/lockstep.ts';
import { aShell } from '../../helpers/commands/commands.ts';

async function explain(...args: readonly string[]) {
  const shell = aShell();
  const exitCode = await run(['explain', ...args], shell);
  return { exitCode, ...shell.printed };
}

const words = (text: string): string => text.replace(/\s+/g, ' ');

t.test('explains every rule in lines of 100 columns, without a break in an address', async (t) => {
  for (const { id, meaning, example, remediation: mend } of ruleTexts) {
    const { exitCode, stdout } = await explain(id);
    t.equal(exitCode, 0, id);
    for (const text of [meaning, example, mend]) t.ok(words(stdout).includes(words(text)), id);
    t.match(stdout, `docs/reference/rules.md#${id}\n`);
    t.ok(
      stdout.split('\n').every((line) => line.length <= 100 || /https:\S+$/.test(line)),
      id,
    );
  }
});

t.test('accepts a rule in the form of a message', async (t) => {
  const plain = (await explain('placeholder')).stdout;
  for (const spelling of [
    'lockstep/placeholder',
    '[lockstep/placeholder]',
    '[lockstep/placeholder]:',
    '[placeholder]',
    'Placeholder',
  ]) {
    t.equal((await explain(spelling)).stdout, plain, spelling);
  }
});

t.test('lists the rules, one on each line, without an argument', async (t) => {
  const lines = (await explain()).stdout.trimEnd().split('\n');
  t.same(
    lines.map((line) => line.split(' ')[0]),
    ruleTexts.map(({ id }) => id),
  );
  t.ok(lines.every(({ length }) => length <= 100));
});

t.test('suggests the nearest rules for an unknown one, in one sentence', async (t) => {
  for (const [typed, sentence] of [
    ['placehodler', 'there is no rule placehodler; did you mean placeholder?'],
    ['uri', 'there is no rule uri; did you mean invalid-uri or unescaped-uri?'],
    ['xyzzy', 'there is no rule xyzzy; lockstep explain lists them'],
  ] as const) {
    t.same(await explain(typed), { exitCode: 2, stdout: '', stderr: `lockstep: ${sentence}\n` });
  }
});

t.test('prints a help that fits one screen, as a process', async (t) => {
  const help = lockstep(t, ['explain', '--help']);
  t.equal(await help.exited, 0);
  t.ok(help.stdout().split('\n').length <= 24);
});
