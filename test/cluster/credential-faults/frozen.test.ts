import { kill } from 'node:process';
import t from 'tap';
import { aCanary } from '../../helpers/canary/canary.ts';
import { canLogIn } from '../../helpers/credential/deviations.ts';
import { aTeam } from '../../helpers/credential/team.ts';
import { aWorld, untilInStep } from '../../helpers/credential/world.ts';
import { aPgProxy } from '../../helpers/postgres/pg-proxy.ts';
import { until } from '../../testbed/process/until.ts';

// The leader is frozen while it changes a password. Another leader makes a newer change, and then the first one
// continues.
const QUICK = { LOCKSTEP_PROPAGATION_SECONDS: '0' };

/** The last statement of the leader before it is frozen: before its transaction, and in the middle of it. */
const LAST = { 'before its transaction': /scram_iterations/, 'before its COMMIT': /^ALTER ROLE/ };

// Two clusters in parallel: most of the time is the wait for the lease duration.
t.jobs = 2;

for (const admin of [true, false])
  t.test(admin ? 'by an administrator' : 'by the role itself', { buffered: true }, async (t) => {
    const world = await aWorld(t);
    const { postgres, controllers } = world;
    for (const [when, last] of Object.entries(LAST))
      await t.test(`a leader that was frozen ${when} restores no older password`, async (t) => {
        const db = await aPgProxy(t, postgres);
        const suffix = `${when.endsWith('COMMIT') ? 'commit' : 'begin'}-${admin ? 'admin' : 'self'}`;
        const first = await controllers.lead(`first-${suffix}`, QUICK);
        const team = await aTeam(world, `frozen-${suffix}`, { at: db, admin, pods: 0 });
        await untilInStep(team, [first.daemon]);
        const standby = await controllers.start(`standby-${suffix}`, QUICK);
        let isFrozen = false;
        db.onStatement((statement) => {
          if (!isFrozen && last.test(statement)) {
            isFrozen = true;
            kill(first.daemon.pid, 'SIGSTOP');
          }
          return 'pass';
        });
        await team.requestChange({ kind: 'rotate' });
        await until('it to be frozen', [], () => isFrozen);
        await until('another leader', [standby.daemon], standby.leads);
        await untilInStep(team, [standby.daemon]);
        const password = aCanary(24);
        await team.edit({ POSTGRES_PASSWORD: password });
        await until('the newer password', [standby.daemon], () =>
          canLogIn(postgres, { role: team.role, password }),
        );
        await untilInStep(team, [standby.daemon]);

        const sent = db.statements.length;
        kill(first.daemon.pid, 'SIGCONT');
        await until(
          'the first one to notice',
          [standby.daemon],
          async () => !(await first.leads().catch(() => false)),
        );
        await first.daemon.stop('SIGTERM');
        t.ok(await canLogIn(postgres, { role: team.role, password }), 'the newer password is in force');
        t.match(await team.secret(), { POSTGRES_PASSWORD: password });
        t.comment(`${when}: ${db.statements.length - sent} statements later`);
        await standby.daemon.stop('SIGTERM');
      });
  });
