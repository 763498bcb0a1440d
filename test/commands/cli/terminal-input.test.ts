import t from 'tap';
import { TerminalInput } from '../../../src/commands/cli/terminal-input.ts';
import { aShell } from '../../helpers/commands/commands.ts';

/** A terminal on which a person presses these keys, chunk by chunk. */
function aTerminal(...chunks: readonly string[]) {
  const shell = aShell();
  const modes: boolean[] = [];
  const stdin = {
    isTTY: true,
    setRawMode: (isRaw: boolean) => modes.push(isRaw),
    [Symbol.asyncIterator]: async function* () {
      for (const chunk of chunks) yield Buffer.from(chunk);
    },
  };
  return { input: new TerminalInput({ ...shell, stdin }), modes, printed: shell.printed };
}

t.test('a hidden line is not shown, and ends at Enter', async (t) => {
  const { input, modes, printed } = aTerminal('s3c', 'rex\u007f', 't-é', '\r');
  t.equal(await input.askHidden('value: '), 's3cret-é');
  t.same(modes, [true, false]);
  t.equal(printed.stderr, 'value: \n');
});

t.test('Ctrl-C ends the command, and the terminal is as before', async (t) => {
  const { input, modes } = aTerminal('s3c\u0003');
  await t.rejects(input.askHidden('value: '), { code: 'LOCKSTEP_READ_STOPPED' });
  t.same(modes, [true, false]);
});

t.test('a question follows the hidden line on the same terminal', async (t) => {
  const { input } = aTerminal('s3cret\r', 'y\n');
  await input.askHidden('value: ');
  t.equal(await input.ask('rotate now? '), 'y');
  t.equal(await input.ask('again? '), '');
});
