import { randomBytes } from 'node:crypto';
import type { Client } from './client.ts';
import type { Write } from './load.ts';

/**
 * Each writer has a Secret of its own and changes its password. Both webhooks have work: one puts the URL right, the other validates the result. A write
 * went as it should where it was granted and the URL follows: one that passed without validation did not.
 */
export function passwordChanges(client: Client, namespace: string): Write {
  const path = `/api/v1/namespaces/${namespace}/secrets`;
  return async (writer, round) => {
    const password = randomBytes(24).toString('hex');
    const stringData = {
      POSTGRES_USER: 'app',
      POSTGRES_DB: 'app',
      POSTGRES_HOST: 'db',
      POSTGRES_PASSWORD: password,
    };
    const name = `load-${writer}`;
    const { status, text } =
      round === 0
        ? await client.send('POST', path, {
            metadata: { name },
            stringData: { ...stringData, DATABASE_URL: '' },
          })
        : await client.send('PATCH', `${path}/${name}`, { stringData });
    if (status === 0) return `no answer: ${text}`;
    if (status >= 300) return `${status}: ${reasonIn(text)}`;
    const url = Buffer.from(JSON.parse(text).data.DATABASE_URL ?? '', 'base64').toString('utf8');
    return url.includes(password) ? undefined : 'written without validation';
  };
}

/** The end of the message is the cause; what stands before it are addresses and paths. */
function reasonIn(text: string): string {
  const { message = '' } = JSON.parse(text) as { message?: string };
  const webhook = /failed calling webhook "([\w.]+)"/.exec(message)?.[1];
  const cause = message.split(': ').at(-1) ?? '';
  return webhook === undefined ? message : `${webhook}: ${cause}`;
}
