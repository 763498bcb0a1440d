import t from 'tap';
import { aCanary } from '../../helpers/canary/canary.ts';
import { canLogIn } from '../../helpers/credential/deviations.ts';
import { aDisturbedController, phasesOf, STRATEGIES } from '../../helpers/credential/disturbed-controller.ts';
import { aWorld } from '../../helpers/credential/world.ts';

// Foreign writes in the middle of a change: to the Secret, and to the server.
const world = await aWorld(t);
const { postgres } = world;
const { stepHooks: ambushes, team: aTeam, rotated } = await aDisturbedController(t, world);

t.jobs = STRATEGIES.length;

for (const strategy of STRATEGIES) {
  const suffix = strategy.toLowerCase();

  t.test(strategy, { buffered: true }, async (t) => {
    t.test(`${strategy}: a person who edits the password in the middle of a phase has it`, async (t) => {
      await Promise.all(
        phasesOf(strategy).map(async (phase) => {
          const team = await aTeam(`edit-${suffix}-${phase}`, { strategy });
          const password = aCanary(24);
          const { namespace } = team.place;
          ambushes.at(namespace, `record: ${phase}`, () => team.edit({ POSTGRES_PASSWORD: password }));
          const { kind, sentence, misses } = await rotated(team);
          t.comment(`${strategy}, edited before ${phase}: ${kind}: ${sentence}`);
          t.same(misses, [], phase);
          const isTheirs = (await team.secret()).POSTGRES_PASSWORD === password;
          t.ok(kind === 'diverged' || isTheirs, `${phase}: theirs is in force, or nobody says so`);
        }),
      );
      t.same(ambushes.pending(suffix), []);
    });

    t.test(
      `${strategy}: a foreign change of the role in a phase ends with a report of which password works`,
      async (t) => {
        await Promise.all(
          phasesOf(strategy).map(async (phase) => {
            const team = await aTeam(`alter-${suffix}-${phase}`, { strategy });
            const password = aCanary(24);
            ambushes.at(team.place.namespace, `record: ${phase}`, async () => {
              const to = (await team.record())?.login?.change?.to.role ?? team.role;
              await postgres
                .sql(`ALTER ROLE ${strategy === 'SingleUser' ? team.role : to} PASSWORD '${password}'`)
                .catch(() => {});
            });
            const { kind, sentence, misses } = await rotated(team);
            t.comment(`${strategy}, altered before ${phase}: ${kind}: ${sentence}`);
            t.same(misses, [], phase);
            const { POSTGRES_USER: role = '', POSTGRES_PASSWORD: held = '' } = await team.secret();
            const isOpen =
              (await canLogIn(postgres, { role, password: held })) ||
              (await canLogIn(postgres, { role, password }));
            t.ok(isOpen, `${phase}: who has set which password is known`);
            if (strategy === 'SingleUser' || kind === 'in step') return;
            // The altered role has the last proven login.
            const { previous } = (await team.record())?.login ?? {};
            const before = previous?.password.withPlaintext(({ text }) => text) ?? '';
            const isLeft = await canLogIn(postgres, { role: previous?.role ?? '', password: before });
            t.ok(
              isLeft,
              `${phase}: the other login of the pair is not retired before this one is proven again`,
            );
          }),
        );
        t.same(ambushes.pending(suffix), []);
      },
    );
  });
}
