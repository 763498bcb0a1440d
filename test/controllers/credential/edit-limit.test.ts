import t from 'tap';
import { loginCheckTimer, MAX_CHANGES } from '../../../src/controllers/credential/login-check-timer.ts';
import { aSecret, GOOD } from '../../helpers/engine/engine.ts';
import { APP, aLoginWorld } from '../../helpers/login/login-world.ts';
import { aCredential } from '../../helpers/login/postgres-credential.ts';

// A user who may write a Secret edits its login again and again. Each password change is a dozen writes.

const EDITS = 75;
const passwordAt = (edit: number): string => `Zk4mW8qLr2TcV9nB5sX${edit}x`;

t.test('many edits in a row cost a bounded number of changes, and the last one counts', async (t) => {
  for (const strategy of ['SingleUser', 'AlternatingUsers'] as const) {
    const world = aLoginWorld({ strategy });
    await world.rest();
    world.events.length = 0;
    world.reported.length = 0;
    world.statements.length = 0;
    for (let edit = 1; edit <= EDITS; edit += 1) {
      world.edit('POSTGRES_PASSWORD', passwordAt(edit));
      await world.settle();
      world.pass(500);
    }
    const count = (kind: (typeof world.events)[number]['kind']): number =>
      world.events.filter((event) => event.kind === kind).length;
    const started = count('change-started');
    t.comment(`${strategy}: ${started} changes, ${count('record-written')} writes of the record`);
    t.ok(started >= MAX_CHANGES, 'the first ones take effect at once');
    t.ok(started <= 2 * MAX_CHANGES, 'in 37 seconds');
    t.ok(count('record-written') <= EDITS + 12 * started, 'an edit that waits costs its version');
    t.ok(world.reported.some(({ conditions }) => conditions.some(({ reason }) => reason === 'Delayed')));
    const delayed = world.reported.filter(({ waitsFor }) => waitsFor?.kind === 'edits');
    const statuses = new Set(delayed.map((report) => JSON.stringify(report)));
    t.ok(statuses.size <= started - MAX_CHANGES + 1, `one status for each wait: ${[...statuses].join()}`);
    for (let minute = 0; minute < 3; minute += 1) {
      world.pass(60_000);
      await world.rest();
    }
    t.ok(world.isOpen());
    t.ok(
      world.written().password.withPlaintext(({ text }) => text === passwordAt(EDITS)),
      'the last edit counts',
    );
    t.match(world.record()?.login, { change: undefined, diverged: undefined, failed: undefined });
  }
});

t.test('an edit that waits restarts no consumer, and a person is not made to wait', async (t) => {
  const world = aLoginWorld();
  await world.rest();
  for (let edit = 1; edit <= MAX_CHANGES + 1; edit += 1) {
    world.edit('POSTGRES_PASSWORD', passwordAt(edit));
    await world.settle();
  }
  t.notOk(world.isOpen(), 'the last one waits');
  t.equal(world.record()?.versions.at(-1)?.why.kind, 'changed', 'as a version');
  world.wish({ kind: 'from-secret' });
  await world.settle();
  t.ok(world.isOpen());
});

// A tenant runs the server, and knows every password of the Secret.
t.test('a server that goes back to an earlier state after each change stops lockstep', async (t) => {
  const world = aLoginWorld({ admin: false });
  await world.rest();
  world.edit('POSTGRES_PASSWORD', passwordAt(1));
  await world.rest();
  world.events.length = 0;
  const goBack = (): void => {
    if (world.events.length > 1000) throw new Error('it never stops');
    world.alter(APP, GOOD.password);
    world.failOver();
  };
  const { emit } = world.deps;
  world.override({
    emit: (event) => {
      emit(event);
      if (event.kind === 'change-completed') goBack();
    },
  });
  goBack();
  world.pass(60_000);
  await world.settle();
  const started = world.events.filter(({ kind }) => kind === 'change-started');
  t.equal(started.length, MAX_CHANGES);
  t.match(world.record()?.login, {
    change: undefined,
    diverged: { reason: /^the server has the password of version 1/ },
  });
});

t.test('the window slides, and other Secrets have windows of their own', async (t) => {
  let now = 0;
  const timer = loginCheckTimer(() => now);
  const login = (name: string) => ({
    observed: {
      secret: { ...aSecret({}), name },
      uid: 'u',
      resourceVersion: '1',
      written: { by: 'kubectl', time: new Date(0) },
    },
    credential: aCredential(),
  });
  for (const at of [0, 10_000, 20_000]) {
    now = at;
    t.equal(timer.changeDelay(login('app'), 'edited'), 0);
    timer.countChange(login('app'), 'edited');
  }
  t.equal(timer.changeDelay(login('app'), 'edited'), 40_000);
  t.equal(timer.changeDelay(login('other'), 'edited'), 0);
  now = 60_000;
  t.equal(timer.changeDelay(login('app'), 'edited'), 0);
  timer.countChange(login('app'), 'edited');
  t.equal(timer.changeDelay(login('app'), 'edited'), 10_000);
  t.equal(timer.changeDelay(login('app'), 'restored'), 0, 'each cause counts alone');
  timer.forget(`${login('app').observed.secret.namespace}/app`);
  t.equal(timer.changeDelay(login('app'), 'edited'), 10_000, 'it may be created again at once');
  now = 120_000;
  timer.countChange(login('other'), 'edited');
  t.equal(timer.changeDelay(login('app'), 'edited'), 0);
});
