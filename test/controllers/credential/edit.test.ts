import t from 'tap';
import { isSameCredential } from '../../../src/engine/secret/record/credential.ts';
import { GOOD } from '../../helpers/engine/engine.ts';
import { loginConsumers } from '../../helpers/login/login-consumers.ts';
import { aLoginWorld } from '../../helpers/login/login-world.ts';

// A person edits the login in the Secret in the middle of a change. Each consumer is ready only while the server
// accepts its login.

const SECOND = 'Zk4mW8qLr2TcV9nB5sXd';
/** The limit until all objects are idle, in milliseconds. */
const LONGEST = 60_000;

type World = ReturnType<typeof aLoginWorld>;

/** Until no change is in progress. */
async function restSoon(world: World): Promise<void> {
  for (let waited = 0; ; ) {
    const outcome = await world.settle();
    const { login, rollout, pending } = world.record() ?? {};
    if (
      login?.change === undefined &&
      login?.changeRequest === undefined &&
      (rollout ?? pending) === undefined
    )
      return;
    if (login?.diverged !== undefined && login.change === undefined) return;
    const after = outcome.kind === 'requeue' ? outcome.requeueAfter : LONGEST;
    if (waited > LONGEST * 20) throw new Error(`it is not at rest: ${login?.change?.phase}`);
    world.pass(after);
    waited += after;
  }
}

/** More calls than the reconciler makes in one rotation, counted at their start and their end. */
const MOST_CALLS = 400;
/** The number of calls between the two edits. */
const LATER = 7;

/** An edit in the middle of a change. */
interface Deed {
  readonly name: string;
  /** Called once, and again after some calls. */
  readonly do: (world: World, isAgain: boolean) => void;
  /**
   * The password that Secret and server have at the end. Undefined if a person must decide, and no consumer restarts.
   */
  readonly password: string | undefined;
}

const DEEDS: readonly Deed[] = [
  {
    name: 'another password',
    do: (world, isAgain) => isAgain || world.edit('POSTGRES_PASSWORD', GOOD.other),
    password: GOOD.other,
  },
  {
    name: 'the password from before',
    do: (world, isAgain) => isAgain || world.edit('POSTGRES_PASSWORD', GOOD.password),
    password: GOOD.password,
  },
  {
    name: 'two passwords in a row',
    do: (world, isAgain) => world.edit('POSTGRES_PASSWORD', isAgain ? GOOD.other : SECOND),
    password: GOOD.other,
  },
  {
    name: 'another role',
    do: (world, isAgain) => isAgain || world.edit('POSTGRES_USER', 'boss'),
    password: undefined,
  },
  {
    name: 'a password from a backup',
    do: (world, isAgain) => isAgain || world.edit('POSTGRES_PASSWORD', GOOD.other, 'velero-server'),
    password: undefined,
  },
];

/** The faults at the end, or on the way, after an edit at that call. Undefined if there are fewer calls. */
async function wrongAt(
  { strategy, admin }: { readonly strategy: 'SingleUser' | 'AlternatingUsers'; readonly admin: boolean },
  deed: Deed,
  at: number,
): Promise<readonly string[] | undefined> {
  let calls = 0;
  let isOn = false;
  let isEdit = false;
  let when: string | undefined;
  const world: World = aLoginWorld({
    strategy,
    admin,
    meanwhile: () => {
      if (!isOn) return;
      calls += 1;
      if (calls === at + LATER) deed.do(world, true);
      if (calls !== at) return;
      const { change, changeRequest: wish } = world.record()?.login ?? {};
      when = `${change?.cause} ${change?.phase} ${wish?.kind}`;
      const before = world.written();
      deed.do(world, false);
      isEdit = !isSameCredential(before, world.written());
    },
  });
  await world.rest();
  const readers = loginConsumers(world, ['api', 'worker'], () => world.deps.context.now());
  world.override({ settings: { propagation: 0 } });
  world.wish({ kind: 'rotate', after: 1 });
  isOn = true;
  const begun = world.deps.context.now().getTime();
  await restSoon(world);
  if (when === undefined) return undefined;
  await restSoon(world);
  const took = world.deps.context.now().getTime() - begun;
  const { failed, diverged } = world.record()?.login ?? {};
  const isTheirs = world.written().password.withPlaintext(({ text }) => text === deed.password);
  const others = [...world.server].filter(
    ([role, { password }]) => role !== world.written().role && password !== undefined,
  );
  const onTheWay = [
    ...(took <= LONGEST ? [] : [`it took ${took} ms`]),
    ...readers.refused.map((name) => `${name} was restarted with what the server refuses`),
    ...(failed === undefined ? [] : [`failed: ${failed.reason}`]),
  ];
  const inTheEnd = [
    ...(!isEdit || isTheirs ? [] : ['the edit is lost']),
    ...(world.isOpen() ? [] : ['the Secret does not open the server']),
    ...readers.behind().map((name) => `${name} does not get in`),
    ...(diverged === undefined ? [] : [`diverged: ${diverged.reason}`]),
    ...others.map(([role]) => `${role} still has a password`),
  ];
  const isToBeTold = deed.password === undefined && !world.isOpen() && diverged === undefined;
  const faults = [
    ...onTheWay,
    ...(deed.password === undefined ? [] : inTheEnd),
    ...(isToBeTold ? ['nobody is told'] : []),
  ];
  return faults.map((fault) => `${when}: ${fault}`);
}

for (const [strategy, admin] of [
  ['SingleUser', true],
  ['SingleUser', false],
  ['AlternatingUsers', true],
] as const)
  for (const deed of DEEDS)
    t.test(
      `${strategy}, ${admin ? 'by an administrator' : 'by the role itself'}: ${deed.name}`,
      async (t) => {
        let at = 1;
        for (; at < MOST_CALLS; at += 2) {
          const wrong = await wrongAt({ strategy, admin }, deed, at);
          if (wrong === undefined) break;
          t.same(wrong, [], `at call ${at}`);
        }
        t.ok(at > 50 && at < MOST_CALLS, `${at} calls`);
      },
    );
