import t from 'tap';
import { Crash, textOf } from '../../helpers/controllers/secret-world.ts';
import { aSecret, builtins, GOOD, STORY, STORY_URL } from '../../helpers/engine/engine.ts';
import { aLoginWorld } from '../../helpers/login/login-world.ts';

// The Secret is deleted and created again, or its policy keeps the password that someone edits.

const SECOND = 'Zk4mW8qLr2TcV9nB5sXd';
const STRATEGIES = [
  ['SingleUser', true],
  ['SingleUser', false],
  ['AlternatingUsers', true],
] as const;
const KEEP = builtins.map((policy) => ({
  ...policy,
  keys: policy.keys.map((entry) =>
    entry.name === 'POSTGRES_PASSWORD' ? { ...entry, onChange: 'Keep' as const } : entry,
  ),
}));

type World = ReturnType<typeof aLoginWorld>;

const withPassword = (password: string) =>
  aSecret({
    ...STORY,
    POSTGRES_PASSWORD: password,
    DATABASE_URL: STORY_URL.replace(GOOD.password, password),
  });

function createAgain(world: World, password: string, by = 'helm'): void {
  world.remove();
  world.write(withPassword(password), by);
}

const passwordIn = (world: World) => textOf(world.held()?.secret.data, 'POSTGRES_PASSWORD');
const healedIn = (world: World) => world.kubernetesEvents.filter(({ reason }) => reason === 'SecretHealed');

async function aRestingWorld(options: Parameters<typeof aLoginWorld>[0] = {}): Promise<World> {
  const world = aLoginWorld(options);
  await world.rest();
  return world;
}

for (const [strategy, admin] of STRATEGIES)
  t.test(`${strategy}, ${admin ? 'with' : 'without'} an administrator`, async (t) => {
    t.test('a new Secret gets the login back that opens the server', async (t) => {
      const world = await aRestingWorld({ strategy, admin });
      for (const [number, password] of [GOOD.other, SECOND].entries()) {
        createAgain(world, password);
        await world.rest();
        t.equal(passwordIn(world), GOOD.password);
        t.equal(textOf(world.held()?.secret.data, 'DATABASE_URL'), STORY_URL);
        t.equal(healedIn(world).length, number + 1);
        t.equal(world.record()?.login?.secret, world.held()?.uid);
      }
      t.match(
        healedIn(world)[0]?.note,
        'POSTGRES_PASSWORD: the Secret was created again with another password, and the server has the password of version 1, which the Secret gets back',
      );
      t.same(world.statements, [], 'the server stays as it is');
      t.equal(world.record()?.login?.diverged, undefined);
    });

    t.test('a new Secret whose password opens the server stays', async (t) => {
      const world = await aRestingWorld({ strategy, admin });
      world.alter('recon', GOOD.other);
      createAgain(world, GOOD.other);
      await world.rest();
      t.equal(passwordIn(world), GOOD.other);
      t.same(healedIn(world), []);
    });

    t.test('nothing is decided until the server answers', async (t) => {
      const world = await aRestingWorld({ strategy, admin });
      createAgain(world, GOOD.other);
      world.trouble('away');
      await world.settle();
      t.equal(passwordIn(world), GOOD.other);
      await world.rest();
      t.equal(passwordIn(world), GOOD.password);
    });

    t.test('an edit of a kept password is undone, and a command changes both', async (t) => {
      const world = await aRestingWorld({ strategy, admin, policies: KEEP });
      world.edit('POSTGRES_PASSWORD', GOOD.other);
      await world.rest();
      t.equal(passwordIn(world), GOOD.password);
      t.match(
        healedIn(world)[0]?.note,
        'the policy keeps the password, the Secret was changed, and the server has',
      );
      t.same(world.statements, []);
      world.wish({ kind: 'rotate' });
      await world.rest();
      t.not(passwordIn(world), GOOD.password);
      t.ok(world.isOpen());
      world.wish({ kind: 'rollback', to: 1 });
      await world.rest();
      t.equal(passwordIn(world), GOOD.password, 'a rollback is a decision');
      t.ok(world.isOpen());
    });

    t.test('an edit with consent is a request', async (t) => {
      const world = await aRestingWorld({ strategy, admin, policies: KEEP });
      const until = new Date(world.deps.context.now().getTime() + 60 * 60 * 1000).toISOString();
      const annotations = new Map([['lockstep.dev/allow-change-until', until]]);
      world.write({ ...withPassword(GOOD.other), annotations });
      world.pass(2 * 60 * 60 * 1000);
      await world.rest();
      t.equal(passwordIn(world), GOOD.other, 'the controller was away, and the consent counts');
      t.ok(world.isOpen());
      world.write({ ...withPassword(SECOND), annotations });
      await world.rest();
      t.equal(passwordIn(world), GOOD.other, 'this consent is over');
    });
  });

t.test('without a known password that opens the server, a person decides', async (t) => {
  for (const policies of [builtins, KEEP]) {
    const world = await aRestingWorld({ policies });
    world.alter('recon', SECOND);
    createAgain(world, GOOD.other);
    await world.rest();
    t.equal(passwordIn(world), GOOD.other);
    t.match(world.record()?.login?.diverged?.reason, /^the Secret was created again/);
  }
});

t.test('a Secret that a backup tool restored, or that has another owner, stays', async (t) => {
  const restored = await aRestingWorld();
  createAgain(restored, GOOD.other, 'velero-server');
  await restored.rest();
  t.equal(passwordIn(restored), GOOD.other);
  const labels = { 'reconcile.external-secrets.io/managed': 'true' };
  const owned = await aRestingWorld({ labels });
  owned.remove();
  owned.write({ ...withPassword(GOOD.other), labels: new Map(Object.entries(labels)) });
  await owned.rest();
  t.equal(passwordIn(owned), GOOD.other);
  t.match(owned.record()?.login?.diverged?.reason, /^the Secret was created again/);
});

t.test('--max-action Warn reports the replaced password, and writes nothing', async (t) => {
  const world = await aRestingWorld();
  world.override({ context: { maxAction: 'Warn' } });
  createAgain(world, GOOD.other);
  await world.settle();
  t.equal(passwordIn(world), GOOD.other);
  t.match(
    world.audits.at(-1)?.decision.findings.find(({ rule }) => rule === 'replaced'),
    { key: 'POSTGRES_PASSWORD', action: 'Warn' },
  );
});

t.test('a policy that refuses the earlier login leaves both', async (t) => {
  const world = await aRestingWorld();
  world.override({
    secrets: {
      patch: async () => {
        const { LockstepError } = await import('../../../src/errors/errors.ts');
        throw new LockstepError('SECRET_REFUSED', ['recon/reconciliation-secrets', 'another webhook']);
      },
    },
  });
  createAgain(world, GOOD.other);
  await world.rest();
  t.equal(passwordIn(world), GOOD.other);
  t.match(world.record()?.login?.diverged?.reason, /^the Secret was created again/);
  t.equal(world.record()?.pending, undefined);
});

t.test('a writer that repeats it without end is suspended', async (t) => {
  let writes = 0;
  const world = await aRestingWorld({ policies: KEEP });
  world.override({ mayWrite: () => writes < 5 });
  for (let count = 0; count < 20; count += 1) {
    world.edit('POSTGRES_PASSWORD', `${SECOND}${count}`);
    await world.rest();
    writes = healedIn(world).length;
  }
  t.equal(writes, 5);
  t.match(world.record()?.login?.diverged?.reason, /^the policy keeps the password/);
});

/** At each call of the controller in a rotation, the Secret is created again. A crash follows. */
for (const [strategy, admin] of STRATEGIES)
  t.test(`${strategy}, ${admin}: created again in the middle of a change`, async (t) => {
    for (let at = 1; at < 400; at += 3) {
      let calls = 0;
      let isOn = false;
      let phase: string | undefined;
      const world: World = aLoginWorld({
        strategy,
        admin,
        policies: at % 2 === 0 ? KEEP : builtins,
        meanwhile: () => {
          if (!isOn) return;
          calls += 1;
          if (calls === at) {
            phase = world.record()?.login?.change?.phase ?? 'none';
            createAgain(world, GOOD.other);
          }
          if (calls === at + 4) createAgain(world, SECOND);
          if (calls === at + 9) throw new Crash();
        },
      });
      await world.rest();
      world.override({ settings: { propagation: 0 } });
      world.wish({ kind: 'rotate' });
      isOn = true;
      await world.rest();
      isOn = false;
      await world.rest();
      if (phase === undefined) {
        t.ok(at > 50, `${at} calls`);
        return;
      }
      const diverged = world.record()?.login?.diverged?.reason;
      t.ok(world.isOpen(), `at call ${at}, ${phase}: ${diverged}`);
    }
    t.fail('more calls than expected');
  });
