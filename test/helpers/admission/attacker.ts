import { connect as connectTcp, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';

/** An address of this machine that is not the one of the API server in `keepCalling`. */
const ATTACKER = '127.0.0.2';

export interface AttackTarget {
  readonly port: number;
  readonly ca?: string;
  /** The addresses to attack from. */
  readonly froms?: readonly string[];
}

/** Resolves with an open socket from the address of the attacker. It speaks TLS if the target has a CA. */
function attackingSocket({ port, ca }: AttackTarget, from: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const tcp = connectTcp({ host: '127.0.0.1', port, localAddress: from });
    const socket = ca === undefined ? tcp : connectTls({ socket: tcp, ca, servername: 'localhost' });
    socket.once(ca === undefined ? 'connect' : 'secureConnect', () => resolve(socket));
    // The server may end it at any time.
    for (const one of [tcp, socket]) one.on('error', () => {});
    socket.once('close', () => resolve(undefined));
    socket.resume();
  });
}

/** Sends `bytes` on so many sockets at once, each again when it ends, until `isOver`. */
export async function attackUntil(
  isOver: () => boolean,
  sockets: number,
  to: AttackTarget,
  send: (socket: Socket) => void,
): Promise<void> {
  const { froms = [ATTACKER] } = to;
  const attack = async (number: number): Promise<void> => {
    while (!isOver()) {
      const socket = await attackingSocket(to, froms[number % froms.length] ?? ATTACKER);
      if (socket !== undefined) {
        send(socket);
        while (!isOver() && !socket.destroyed) await sleep(20);
        socket.destroy();
      }
      await sleep(20);
    }
  };
  await Promise.all(Array.from({ length: sockets }, (_, number) => attack(number)));
}

export const headOf = (path: string, length: number, more = ''): string =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n${more}\r\n`;
