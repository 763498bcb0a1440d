import t from 'tap';
import { TerminalInput } from '../../../src/commands/cli/terminal-input.ts';
import { rotateFound } from '../../../src/commands/find-value/rotate-found.ts';
import type { FixablePlace } from '../../../src/engine/diagnosis/find-value/cluster-search.ts';
import type { Fix } from '../../../src/engine/diagnosis/find-value/fix.ts';
import { LockstepError } from '../../../src/errors/errors.ts';
import { aShell } from '../../helpers/commands/commands.ts';

const aPlace = (fix: Fix): FixablePlace => ({
  kind: 'Secret',
  namespace: 'shop',
  name: 'app',
  field: { kind: 'key', key: 'A' },
  value: 0,
  encodings: [],
  form: 'given',
  fix,
  readers: [],
});
const login = aPlace({ by: 'lockstep', secret: { namespace: 'shop', name: 'app' }, key: undefined });
const key = aPlace({ by: 'lockstep', secret: { namespace: 'shop', name: 'jwt' }, key: 'JWT_SECRET' });
const foreign = aPlace({ by: 'owner', what: 'set another value' });

/** Rotates with this answer on the terminal, and remembers what was rotated. */
async function rotated(
  places: readonly FixablePlace[],
  answer: string | undefined,
  outcome: () => number = () => 0,
) {
  const shell = aShell();
  const stdin = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(Buffer.from(`${answer}\n`)),
  });
  const done: string[] = [];
  const isComplete = await rotateFound(places, {
    options: { lockstepNamespace: 'lockstep-system', yes: answer === undefined },
    shell,
    terminal: answer === undefined ? undefined : new TerminalInput({ ...shell, stdin }),
    rotate: async () => async (secret, options) => {
      done.push(`${secret.namespace}/${secret.name} ${options.key ?? ''}`);
      return outcome();
    },
  });
  return { isComplete, done, ...shell.printed };
}

t.test('each Secret is rotated once, and what others own is left', async (t) => {
  const { isComplete, done } = await rotated([login, foreign, login, key], undefined);
  t.same([isComplete, done], [true, ['shop/app ', 'shop/jwt JWT_SECRET']]);
});

t.test('nothing is rotated without a yes', async (t) => {
  t.same((await rotated([login], 'y')).done, ['shop/app ']);
  for (const answer of ['', 'n', 'yesterday']) {
    const { isComplete, done, stdout } = await rotated([login], answer);
    t.same([isComplete, done], [true, []]);
    t.match(stdout, /nothing was rotated/);
  }
  t.match((await rotated([foreign], undefined)).stdout, /can rotate none of them/);
});

t.test('a rotation that fails stops no other one', async (t) => {
  const refuse = () => {
    throw new LockstepError('READ_FORBIDDEN', ['list secrets']);
  };
  const { isComplete, done, stderr } = await rotated([login, key], undefined, refuse);
  t.same([isComplete, done.length], [false, 2]);
  t.match(stderr, /may not list secrets/);
});
