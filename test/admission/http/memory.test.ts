import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { anAttackedWebhook, callsInParallel, MIB } from '../../helpers/admission/attacked-webhook.ts';
import { aReview, aSecretObject, base64, bytesOf } from '../../helpers/admission/review.ts';
import { post } from '../../helpers/admission/serving.ts';

const { to, open, attack } = await anAttackedWebhook(t);

/** Sends a head with this `content-length`, and the body without its end. */
async function heldOpen(path: string, length: number, body: Buffer): Promise<Socket> {
  const socket = await open();
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`,
  );
  socket.write(body);
  return socket;
}

t.test('bounds memory for key names of a megabyte', async (t) => {
  await attack(t, async () => {
    await callsInParallel(90, 4, async (index) => {
      const names = Array.from({ length: 6 }, (_, key) => `K${index}_${key}_${'n'.repeat(MIB)}`);
      const data = Object.fromEntries(names.map((name) => [name, base64('some value')]));
      await post(to, '/validate', bytesOf(aReview({ object: aSecretObject({}, { data }) }))).catch(() => {});
    });
    return [];
  });
});

t.test('bounds memory for names of a megabyte in all other fields', async (t) => {
  await attack(t, async () => {
    await callsInParallel(40, 4, async (index) => {
      const long = `${index}-${'n'.repeat(MIB)}`;
      const about = { name: long, namespace: long, uid: long, userInfo: { username: long } };
      const metadata = { name: long, namespace: long, labels: { [long]: long } };
      const object = aSecretObject({ JWT_SECRET: 'changeme' }, { metadata });
      await post(to, '/validate', bytesOf(aReview({ ...about, object }))).catch(() => {});
    });
    return [];
  });
});

t.test('bounds memory for 60 bodies of 7 MiB that are held open', async (t) => {
  await attack(t, async () => {
    const body = Buffer.alloc(7 * MIB - 1, 'x');
    const sockets = await callsInParallel(60, 60, () => heldOpen('/validate?timeout=30s', 7 * MIB, body));
    await sleep(5000);
    return sockets;
  });
});

t.test('bounds memory for bodies of the largest size that are held open', async (t) => {
  await attack(t, async () => {
    const body = Buffer.alloc(15 * MIB, 'x');
    const sockets = await callsInParallel(40, 40, () => heldOpen('/validate?timeout=30s', 16 * MIB, body));
    await sleep(5000);
    return sockets;
  });
});

t.test('bounds memory for small bodies that arrive byte by byte and never end', async (t) => {
  await attack(t, async () => {
    const byteByByte = '1\r\nx\r\n'.repeat(50_000);
    const sockets = await callsInParallel(100, 50, async () => {
      const socket = await open();
      socket.write('POST /validate?timeout=30s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n');
      socket.write(`Transfer-Encoding: chunked\r\n\r\n${byteByByte}`);
      return socket;
    });
    await sleep(3000);
    return sockets;
  });
});

t.test('bounds memory for JSON of millions of empty lists', async (t) => {
  await attack(t, async () => {
    const lists = Buffer.from(
      JSON.stringify(aReview({ more: '@' })).replace('"@"', `[${'[],'.repeat(2.2e6)}0]`),
    );
    await callsInParallel(12, 4, () => post(to, '/validate', lists).catch(() => {}));
    return [];
  });
});

t.test('bounds memory for large answers that no client reads', async (t) => {
  await attack(t, async () => {
    // A final line break is removed, so the answer repeats the whole value.
    const password = `${randomBytes(450_000).toString('hex')}\n`;
    const data = { POSTGRES_USER: 'app', POSTGRES_PASSWORD: password, POSTGRES_DB: 'app' };
    const body = bytesOf(aReview({ name: 'reconciliation-secrets', object: aSecretObject(data) }));
    const sockets = await callsInParallel(200, 4, async () => {
      const socket = await heldOpen('/mutate?timeout=30s', body.length, body);
      socket.pause();
      return socket;
    });
    await sleep(3000);
    return sockets;
  });
});
