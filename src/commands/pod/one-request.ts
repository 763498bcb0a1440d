import { Buffer } from 'node:buffer';
import type { Server as HttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { duplexPair, pipeline } from 'node:stream';

/** kubelet and Prometheus send some hundred bytes. */
const MAX_HEAD_BYTES = 8 * 1024;
/** For the whole exchange: the head, the answer and its reader. */
const MAX_SOCKET_MS = 10_000;
const END_OF_HEAD = '\r\n\r\n';

/**
 * A TCP server whose sockets carry one small request without a body. `http` gets nothing else of a socket. It
 * would otherwise parse and answer each of the thousands of requests that may arrive at once.
 */
export function oneRequestServer(http: HttpServer): Server {
  // A client may end its side with its request, as `nc -N` does.
  return createServer({ allowHalfOpen: true }, (socket) => {
    const timer = setTimeout(() => socket.destroy(), MAX_SOCKET_MS);
    socket.once('close', () => clearTimeout(timer));
    // An error closes the socket, and there is nothing else to do about it.
    socket.on('error', () => {});
    readHead(socket, (head) => {
      const [forHttp, forSocket] = duplexPair();
      // The rest of what has arrived is dropped with the socket.
      pipeline(forSocket, socket, () => {
        socket.destroy();
        forHttp.destroy();
      });
      http.emit('connection', forHttp);
      forSocket.write(head);
    });
  });
}

/** Then the socket is paused. A larger head, or one without an end, ends it. */
function readHead(socket: Socket, onHead: (head: Buffer) => void): void {
  let head = Buffer.alloc(0);
  socket.on('data', function onData(chunk: Buffer): void {
    head = Buffer.concat([head, chunk.subarray(0, MAX_HEAD_BYTES)]);
    const end = head.indexOf(END_OF_HEAD);
    if (end !== -1) {
      socket.off('data', onData);
      socket.pause();
      onHead(head.subarray(0, end + END_OF_HEAD.length));
    } else if (head.length > MAX_HEAD_BYTES) socket.destroy();
  });
}
