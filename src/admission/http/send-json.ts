import type { FastifyReply } from 'fastify';

/** `closes` ends the socket after the answer. */
export function sendJson(
  reply: FastifyReply,
  { status, json, closes }: { readonly status: number; readonly json: string; readonly closes: boolean },
): void {
  if (closes) reply.header('connection', 'close');
  // fastify closes the socket of each body that it refuses. Node reads the rest of it instead.
  else if (reply.hasHeader('connection')) reply.removeHeader('connection');
  reply.code(status).type('application/json').send(json);
}
