import type { Command } from 'commander';
import t from 'tap';
import { EXIT_CODES, type ExitCodes } from '../../src/commands/cli/exit-codes.ts';
import { programOf } from '../../src/commands/program.ts';
import { CONTROLLER_OPTIONS, SERVE_OPTIONS } from '../../src/config/config.ts';
import { aShell } from '../helpers/commands/commands.ts';
import { readPage } from '../helpers/pages/pages.ts';

const page = await readPage('docs/reference/cli.md');
const { commands } = programOf(aShell(), () => {});
const leaves: readonly (readonly [string, Command])[] = commands.flatMap((one) =>
  one.commands.length === 0
    ? [[one.name(), one] as const]
    : one.commands.map((child) => [`${one.name()} ${child.name()}`, child] as const),
);

t.test('each command has its options, arguments and exit codes on the page', async (t) => {
  t.same(
    leaves.map(([name]) => name).sort(),
    Object.keys(EXIT_CODES).sort(),
    'each command has exit codes, and no other name has',
  );
  const [shared = ''] = page.split('\n## Exit codes\n');
  for (const [name, command] of leaves) {
    const [, section = ''] = page.split(`## \`lockstep ${name}\`\n`);
    const own = section.split('\n## ')[0] ?? '';
    for (const { flags } of command.options.filter(({ hidden }) => !hidden))
      t.ok(
        own.includes(`| \`${flags}\` |`) ||
          (own.includes(`\`${flags.split(' <')[0]}\``) && shared.includes(flags)),
        `${name} ${flags}`,
      );
    for (const { description } of command.registeredArguments)
      t.ok(own.includes(description.split(' (')[0] ?? ''));
    t.ok(page.includes(`| \`${name}\` | ${EXIT_CODES[name as keyof typeof EXIT_CODES][0]} |`), name);
  }
});

t.test('the help of each command prints its exit codes', async (t) => {
  for (const [name, command] of leaves) {
    const printed: string[] = [];
    command.configureOutput({ writeOut: (text) => printed.push(text) }).outputHelp();
    const codes: ExitCodes = EXIT_CODES[name as keyof typeof EXIT_CODES];
    const text = Object.entries(codes).map(([code, meaning]) => `${code} ${meaning}`);
    t.ok(printed.join('').includes(`\nExit code: ${text.join(', ')}.`), name);
  }
});

t.test('the page has the variable of each option of a pod', async (t) => {
  for (const { flags, variable } of [...SERVE_OPTIONS, ...CONTROLLER_OPTIONS])
    t.ok(
      page.split('\n').some((row) => row.startsWith(`| \`${flags}\` |`) && row.includes(`\`${variable}\``)),
      flags,
    );
});
