import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { attackUntil } from '../../helpers/admission/attacker.ts';
import { keepCalling } from '../../helpers/admission/calling.ts';
import { residentMemory } from '../../helpers/admission/process-memory.ts';
import { aWebhookProcess, LIMIT_MIB } from '../../helpers/admission/webhook-process.ts';
import { fetchText } from '../../helpers/cluster/lockstep.ts';

const { to, metricsPort, pid, child } = await aWebhookProcess(t);
const ROUNDS = 8;
const PATHS = ['/healthz', '/readyz', '/metrics'];

for (const [name, sockets, bytes] of [
  ['12 sockets send 1,800 requests each', 12, 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(1800)],
  ['60 sockets do', 60, 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(1800)],
  ['50 sockets send a head without an end', 50, `GET /metrics HTTP/1.1\r\n${'X: y\r\n'.repeat(100_000)}`],
  ['100 sockets stay silent', 100, ''],
  ['100 sockets send half a head', 100, 'GET /metrics HTTP/1.1\r\nHost'],
] as const) {
  t.test(`reviews and health go on while ${name}`, async (t) => {
    let isOver = false;
    const calling = keepCalling(to);
    const attack = attackUntil(
      () => isOver,
      sockets,
      { port: metricsPort },
      (socket) => socket.write(bytes),
    );
    const answers: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const path of PATHS) answers.push((await fetchText(metricsPort, path)).status);
      await sleep(100);
    }
    await calling.stop(t);
    isOver = true;
    await attack;
    t.same(answers, Array(ROUNDS * PATHS.length).fill(200));
    t.ok(residentMemory(pid).peak < LIMIT_MIB);
    t.equal(child.exitCode, null);
  });
}
